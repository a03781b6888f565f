"""What the mirror knows of given rows: asked at every page of a sync, so without a statement to compile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from app.core.plan import Stored
from app.models.streams import Stream


def known_rows(connection: Connection, stream: Stream, ids: Sequence[int], *, source_id: int) -> dict[int, Stored]:
    """{key: what is stored of it}; keys nobody knows are left out. Foreign is what another source owns."""
    is_sqlite = connection.dialect.name == "sqlite"
    mark = "?" if is_sqlite else "%s"
    asked = f"IN ({', '.join('?' * len(ids))})" if is_sqlite else "= ANY(%s)"
    values: list[Any] = [*ids] if is_sqlite else [list(ids)]
    statement = (
        f"SELECT {stream.key_name}, fingerprint, removed_at IS NOT NULL, source_id"  # noqa: S608  our own names
        f" FROM {stream.rows.name} WHERE {stream.key_name} {asked}"
    )
    if not stream.is_key_global:
        statement, values = f"{statement} AND source_id = {mark}", [*values, source_id]
    rows = connection.exec_driver_sql(statement, tuple(values))
    return {row[0]: Stored(row[1], bool(row[2]), row[3] != source_id) for row in rows.all()}


def live_fingerprints(connection: Connection, stream: Stream, source_id: int) -> Iterable[tuple[int, bytes]]:
    """(key, fingerprint) of a source's rows that are no tombstones, in ascending order of the key."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    return connection.exec_driver_sql(
        f"SELECT {stream.key_name}, fingerprint FROM {stream.rows.name}"  # noqa: S608  our own names
        f" WHERE source_id = {mark} AND removed_at IS NULL ORDER BY {stream.key_name}",
        (source_id,),
        execution_options={"yield_per": 5000},
    )


def has_rows(connection: Connection, stream: Stream) -> bool:
    """Whether the mirror has any row of this kind at all, tombstones included."""
    return bool(connection.exec_driver_sql(f"SELECT EXISTS (SELECT 1 FROM {stream.rows.name})").scalar())  # noqa: S608
