"""Judge the rows of the website's export against the mirror: a file adds what nobody knew, and corrects files alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Row, select

from app.core.copy_records import Copy, Want
from app.core.csv_layouts import Header
from app.core.csv_merging import ImportVerdict
from app.core.plan import Policy
from app.core.shelf_matching import Candidate, numbered
from app.core.shelf_rows import ShelfRow
from app.core.times import website_time
from app.models.streams import COLLECTION, Stream
from app.services.csv_judging import Survey
from app.services.shelf_names import ShelfNames

SHARED = ("rating", "added_at", "title", "artist", "label", "catalog_number", "format", "year")
ShelfRecord = Copy | Want


class ShelfJudged(NamedTuple):
    """A verdict on a row, the record as it is to be stored, and why it is not, where it is not."""

    verdict: ImportVerdict
    row: ShelfRow
    record: ShelfRecord
    why: str = ""


@dataclass(frozen=True, slots=True)
class ShelfJudge:
    """`moment` is when the file was true. `known` are the mirror's rows by key: record, removed_at, told_at."""

    stream: Stream
    header: Header
    names: ShelfNames
    moment: datetime
    policy: Policy
    survey: Survey | None
    known: Mapping[int, Row[Any]]

    def judge(self, rows: Sequence[ShelfRow]) -> Iterator[ShelfJudged]:
        """All rows of the file at once: which copy a row is of depends on the others."""
        for row, record in zip(rows, self._records(rows), strict=True):
            known = self.known.get(record[0])
            yield self._new(row, record) if known is None else self._compare(row, record, known)

    def _records(self, rows: Sequence[ShelfRow]) -> Iterator[ShelfRecord]:
        if self.stream is not COLLECTION:
            yield from (Want(notes=row.notes, release_id=row.release_id, **_shared(row)) for row in rows)
            return
        folders = [self.names.folder(row.folder) for row in rows]
        columns = self.names.columns(self.header)
        numbers = numbered(rows, folders, self._candidates())
        for row, folder, (number, _) in zip(rows, folders, numbers, strict=True):
            noted = sorted((columns[column], text) for column, text in row.own)
            notes = orjson.dumps({str(key): text for key, text in noted}).decode() if noted else None
            yield Copy(number, row.release_id, folder_id=folder, notes=notes, **_shared(row))

    def _candidates(self) -> Iterator[Candidate]:
        for number, row in self.known.items():
            yield Candidate(
                number, row.release_id, website_time(row.added_at), row.folder_id, row.removed_at is not None
            )

    def _new(self, row: ShelfRow, record: ShelfRecord) -> ShelfJudged:
        if self.survey is not None and self.survey.started_at > self.moment:
            seen = self.survey.started_at.isoformat(timespec="seconds")
            return ShelfJudged(ImportVerdict.GONE, row, record, f"a complete sync at {seen} did not see it")
        return ShelfJudged(ImportVerdict.ADD, row, record)

    def _compare(self, row: ShelfRow, told: ShelfRecord, known: Row[Any]) -> ShelfJudged:
        before = self.stream.record_of(known)
        is_of_discogs = known.told_at is None
        record = before if is_of_discogs else self._merged(told, before)
        if known.removed_at is not None:
            looked_at = max(known.removed_at, self.survey.started_at if self.survey else known.removed_at)
            if self.moment <= looked_at:
                removed = known.removed_at.isoformat(timespec="seconds")
                return ShelfJudged(ImportVerdict.TOMBSTONE, row, record, f"removed at {removed}")
            return ShelfJudged(ImportVerdict.RESTORE, row, record)
        if record == before or self.policy is Policy.ADD_ONLY:
            return ShelfJudged(ImportVerdict.UNCHANGED, row, record)
        if known.told_at > self.moment:
            told_at = known.told_at.isoformat(timespec="seconds")
            return ShelfJudged(ImportVerdict.NEWER, row, record, f"a later file told of it, as of {told_at}")
        return ShelfJudged(ImportVerdict.UPDATE, row, record)

    def _merged(self, told: ShelfRecord, before: ShelfRecord) -> ShelfRecord:
        """The file's record, completed by what its columns do not tell."""
        names = {self.header.layout.fields.get(column) for column in self.header.columns}
        names |= {"added_at"} if self.header.layout.unnamed else set()
        names |= {"folder_id", "notes"} if self.stream is COLLECTION else set()
        untold: dict[str, Any] = {name: getattr(before, name) for name in before._fields[1:] if name not in names}
        return told._replace(**untold)


def known_rows(connection: Connection, stream: Stream, source_id: int) -> dict[int, Row[Any]]:
    """The mirror's rows of a source by key, each with removed_at and told_at after its record."""
    rows = stream.rows.c
    query = select(*stream.record_columns, rows.removed_at, rows.told_at).where(rows.source_id == source_id)
    found: dict[int, Any] = {row[0]: row for row in connection.execute(query)}
    return found


def _shared(row: ShelfRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in SHARED}
