"""Folders and fields that a file calls by name: their numbers, and rows for those the mirror has not met."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, insert, select

from app.core.csv_layouts import Header
from app.core.shelf_matching import own_number
from app.models import FieldRow, FolderRow

UNCATEGORIZED = {"Uncategorized": [1]}
USUAL_FIELDS = {"Media Condition": [1], "Sleeve Condition": [2], "Notes": [3]}  # until the owner changes them


@dataclass
class ShelfNames:
    """The numbers of one collection's folders and fields. Names repeat: of several folders none is guessed."""

    folders: Mapping[str, list[int]]
    fields: Mapping[str, list[int]]
    new_folders: dict[int, str] = field(default_factory=dict)
    new_fields: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection | None, source_id: int | None) -> ShelfNames:
        """What the mirror knows of a source; None: of nothing."""
        found = []
        for table, key in ((FolderRow.__table__, "folder_id"), (FieldRow.__table__, "field_id")):
            numbers: dict[str, list[int]] = defaultdict(list)
            if connection is not None and source_id is not None:
                rows = select(table.c.name, table.c[key]).where(table.c.source_id == source_id)
                for name, number in connection.execute(rows.order_by(table.c.removed_at.is_not(None), table.c[key])):
                    numbers[name].append(number)
            found.append(numbers)
        return cls({**UNCATEGORIZED, **found[0]}, {**USUAL_FIELDS, **found[1]} if not found[1] else found[1])

    def folder(self, name: str | None) -> int | None:
        """The number of a folder; None when several have the name."""
        if name is None:
            return None
        numbers = self.folders.get(name, [])
        if not numbers:
            number = own_number("folder", name)
            self.new_folders[number] = name
            return number
        return numbers[0] if len(numbers) == 1 else None

    def columns(self, header: Header) -> dict[str, int]:
        """The number of the field that each of the owner's own columns tells."""
        met: Counter[str] = Counter()
        found = {}
        for column, name in header.own.items():
            numbers = self.fields.get(name, [])
            if met[name] < len(numbers):
                found[column] = numbers[met[name]]
            else:
                found[column] = own_number("field", name, met[name])
                self.new_fields[found[column]] = name
            met[name] += 1
        return found

    def store(self, connection: Connection, source_id: int) -> None:
        """Write rows for what is new."""
        # Also those with a usual number, where no sync has told of them yet.
        told = {number: name for name, numbers in self.folders.items() for number in numbers} | self.new_folders
        _insert_missing(connection, FolderRow, "folder_id", source_id, told=told, common={"copies": 0})
        told = {number: name for name, numbers in self.fields.items() for number in numbers} | self.new_fields
        common = {"kind": "textarea", "is_public": False, "options": "[]"}
        _insert_missing(connection, FieldRow, "field_id", source_id, told=told, common=common)


def _insert_missing(
    connection: Connection,
    model: type[FolderRow] | type[FieldRow],
    key: str,
    source_id: int,
    *,
    told: Mapping[int, str],
    common: Mapping[str, object],
) -> None:
    table = model.__table__.c
    known = set(connection.scalars(select(table[key]).where(table.source_id == source_id)))
    rows = [
        {"source_id": source_id, key: number, "name": name, **common}
        for number, name in told.items()
        if number not in known
    ]
    if rows:
        connection.execute(insert(model), rows)
