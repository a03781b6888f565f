"""Copies that a file told of before Discogs did: they are the same copies, and get the numbers that Discogs gives them.

Without this the first sync after an import would find all of a collection gone and another one in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Connection, Engine, bindparam, exists, select, update

from app.core.copy_records import Copy
from app.core.fingerprint import fingerprint
from app.core.mirrored import Record, Told
from app.core.plan import Stored
from app.core.shelf_matching import OURS, Candidate, told_again
from app.core.times import website_time
from app.models import Change, CopyRow
from app.models.streams import COLLECTION
from app.models.transactions import read_transaction

C = CopyRow.__table__.c


class Adopted(NamedTuple):
    """A copy under the number of Discogs, as it is stored under ours."""

    number: int
    record: Copy

    @property
    def stored(self) -> Stored:
        """What the mirror knows of it."""
        return Stored(fingerprint(self.record), is_removed=False, is_foreign=False)


class Adoption:
    """What one walk through a collection finds again. Nothing is written before the run is applied."""

    def __init__(self, engine: Engine, source_id: int) -> None:
        self._engine = engine
        self._ours = (C.source_id == source_id, C.instance_id >= OURS, C.removed_at.is_(None))
        self.found: dict[int, Adopted] = {}

    def complete(
        self, fresh: Sequence[Told], stored: Mapping[int, Stored], rows: Mapping[int, Record]
    ) -> tuple[Mapping[int, Stored], Mapping[int, Record]]:
        """What the mirror knows of the copies of a page, with what it knows under numbers of ours."""
        unknown = {told.record.instance_id: told for told in fresh if told.record[0] not in stored}  # type: ignore[union-attr]
        found = self._find([told.record for told in unknown.values()])  # type: ignore[misc]
        if not found:
            return stored, rows
        half_told = {number: each.record for number, each in found.items() if not unknown[number].is_whole}
        return {**stored, **{number: each.stored for number, each in found.items()}}, {**rows, **half_told}

    def _find(self, unknown: Sequence[Copy]) -> dict[int, Adopted]:
        """Each row of a file is found once."""
        if not unknown or not self._has_any:
            return {}
        releases = {copy.release_id for copy in unknown}
        taken = {adopted.number for adopted in self.found.values()}
        rows = {record.instance_id: record for record in self._rows(C.release_id.in_(releases))}
        free = [_candidate(record) for number, record in rows.items() if number not in taken]
        found = {
            number: Adopted(ours, rows[ours]._replace(instance_id=number))
            for number, ours in told_again(unknown, free).items()
        }
        self.found |= found
        return found

    @cached_property
    def _has_any(self) -> bool:
        with read_transaction(self._engine) as connection:
            return bool(connection.scalar(select(exists().where(*self._ours))))

    def _rows(self, condition: ColumnElement[bool]) -> list[Copy]:
        with read_transaction(self._engine) as connection:
            rows = connection.execute(select(*COLLECTION.record_columns).where(*self._ours, condition))
            return [COLLECTION.record_of(row) for row in rows]


def adopt(connection: Connection, source_id: int, found: Mapping[int, Adopted]) -> None:
    """Give the rows, and what the change log says of them, the numbers of Discogs."""
    if not found:
        return
    told = [
        {"ours": adopted.number, "theirs": number, "print": adopted.stored.fingerprint}
        for number, adopted in found.items()
    ]
    theirs: BindParameter[int] = bindparam("theirs")
    rows = update(COLLECTION.rows).where(C.source_id == source_id, C.instance_id == bindparam("ours"))
    connection.execute(rows.values(instance_id=theirs, fingerprint=bindparam("print")), told)
    changes = update(Change).where(Change.source_id == source_id, Change.item_id == bindparam("ours"))
    connection.execute(changes.values(item_id=theirs), told)


def _candidate(record: Copy) -> Candidate:
    return Candidate(
        record.instance_id, record.release_id, website_time(record.added_at), record.folder_id, is_removed=False
    )
