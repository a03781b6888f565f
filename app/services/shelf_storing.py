"""Keep the folders and fields of a collection. What is gone stays, marked: the change log names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select, update

from app.core.copy_records import CollectionField, Folder
from app.core.plan import Policy
from app.models import FieldRow, FolderRow


def store_folders(
    connection: Connection, source_id: int, folders: Sequence[Folder], *, policy: Policy, at: datetime
) -> None:
    """Bring the folders of a source up to what Discogs told: all of them, always."""
    told = {folder.folder_id: {"name": folder.name, "copies": folder.copies} for folder in folders}
    _store(connection, FolderRow.__table__, "folder_id", source_id, told=told, policy=policy, at=at)


def store_fields(
    connection: Connection, source_id: int, fields: Sequence[CollectionField], *, policy: Policy, at: datetime
) -> None:
    """The same for the custom fields."""
    told = {
        field.field_id: {
            "name": field.name,
            "kind": field.kind,
            "position": field.position,
            "is_public": field.is_public,
            "options": orjson.dumps(field.options).decode(),
            "lines": field.lines,
        }
        for field in fields
    }
    _store(connection, FieldRow.__table__, "field_id", source_id, told=told, policy=policy, at=at)


def _store(
    connection: Connection,
    table: Any,
    key: str,
    source_id: int,
    *,
    told: Mapping[int, Mapping[str, Any]],
    policy: Policy,
    at: datetime,
) -> None:
    rows = connection.execute(select(table).where(table.c.source_id == source_id)).mappings()
    known = {row[key]: row for row in rows}
    if new := [{"source_id": source_id, key: number, **told[number]} for number in told if number not in known]:
        connection.execute(insert(table), new)
    if policy is Policy.ADD_ONLY:
        return
    for number, row in known.items():
        fresh = {**told[number], "removed_at": None} if number in told else {"removed_at": row["removed_at"] or at}
        if any(row[name] != value for name, value in fresh.items()):
            own = update(table).where(table.c.source_id == source_id, table.c[key] == number)
            connection.execute(own.values(fresh))
