"""The readable records of one CSV file, sorted and without duplicates, outside the mirror and outside memory.

A private temporary database of SQLite: it spills to disk when it grows and vanishes with its connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from app.core.csv_rows import CsvListing, ReleaseFacts
from app.core.records import Counters, Listing

POSTED = Listing._fields.index("posted_at")
TABLES = (
    "CREATE TABLE records (listing_id INTEGER PRIMARY KEY, line INTEGER NOT NULL, record BLOB NOT NULL)",
    "CREATE TABLE facts (release_id INTEGER PRIMARY KEY, facts BLOB NOT NULL)",
    "CREATE TABLE moments (listing_id INTEGER PRIMARY KEY, told_at TEXT NOT NULL)",
    "CREATE TABLE findings (line INTEGER NOT NULL, listing_id INTEGER, kind TEXT NOT NULL, problem TEXT, raw TEXT)",
)
STORE = "INSERT OR REPLACE INTO records VALUES (?, ?, ?)"


class Duplicate(NamedTuple):
    """A listing id that occurs twice in the file. The later line counts."""

    listing_id: int
    line: int
    later_line: int
    is_identical: bool


class Finding(NamedTuple):
    """Something about one line that a person should know: why it is not stored, or what it collides with."""

    line: int
    listing_id: int | None
    kind: str
    problem: str
    raw: str = ""


class Spool:
    """Put records in any order; get them back in ascending order of their listing id."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for table in TABLES:
            self._database.execute(table)
        self._database.execute("BEGIN")

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def put(self, record: CsvListing) -> Duplicate | None:
        """Keep a record; the later of two with the same id wins, and the collision is told."""
        number, packed = record.listing.listing_id, _packed(record)
        query = "SELECT line, record FROM records WHERE listing_id = ?"
        known = self._database.execute(query, (number,)).fetchone()
        self._database.execute(STORE, (number, record.line, packed))
        return None if known is None else Duplicate(number, known[0], record.line, known[1] == packed)

    def learn(self, release_id: int, facts: ReleaseFacts) -> None:
        """Keep what a row tells of its release; what an earlier row told stays."""
        if not any(facts):
            return
        query = "SELECT facts FROM facts WHERE release_id = ?"
        known = self._database.execute(query, (release_id,)).fetchone()
        if known is not None:
            merged: list[Any] = [old or new for old, new in zip(orjson.loads(known[0]), facts, strict=True)]
            facts = ReleaseFacts(*merged)
        self._database.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (release_id, orjson.dumps(tuple(facts))))

    def facts(self, size: int) -> Iterator[dict[int, ReleaseFacts]]:
        """What was learnt of releases, in ascending order of their id."""
        rows = self._database.execute("SELECT release_id, facts FROM facts ORDER BY release_id")
        while chunk := list(islice(rows, size)):
            yield {release_id: ReleaseFacts(*orjson.loads(packed)) for release_id, packed in chunk}

    def tell(self, listing_id: int, at: datetime) -> None:
        """Keep of which moment the file tells a listing."""
        moment = at.astimezone(UTC).isoformat()
        self._database.execute("INSERT OR REPLACE INTO moments VALUES (?, ?)", (listing_id, moment))

    def moments(self, size: int) -> Iterator[tuple[datetime, list[int]]]:
        """The listings of each moment, at most `size` at a time."""
        rows = self._database.execute("SELECT told_at, listing_id FROM moments ORDER BY told_at, listing_id")
        for moment, of_moment in groupby(rows, key=itemgetter(0)):
            while chunk := [number for _, number in islice(of_moment, size)]:
                yield datetime.fromisoformat(moment), chunk

    def note(self, finding: Finding) -> None:
        """Keep a finding for the report."""
        self._database.execute("INSERT INTO findings VALUES (?, ?, ?, ?, ?)", finding)

    def findings(self, kind: str | None = None) -> Iterator[Finding]:
        """The findings in the order of the file."""
        query = "SELECT * FROM findings WHERE kind = coalesce(?, kind) ORDER BY line, rowid"
        return (Finding(*row) for row in self._database.execute(query, (kind,)))

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM records").fetchone()[0])

    def chunks(self, size: int) -> Iterator[list[CsvListing]]:
        """All records, in ascending order of the listing id."""
        rows = self._database.execute("SELECT line, record FROM records ORDER BY listing_id")
        while chunk := list(islice(rows, size)):
            yield [_unpacked(line, packed) for line, packed in chunk]


def _packed(record: CsvListing) -> bytes:
    return orjson.dumps(
        (
            tuple(record.listing),
            tuple(record.facts),
            tuple(record.counters),
            record.exported_at,
            record.has_unread_date,
        )
    )


def _unpacked(line: int, packed: bytes) -> CsvListing:
    fields, facts, counters, exported_at, has_unread_date = orjson.loads(packed)
    fields[POSTED] = _time(fields[POSTED])
    return CsvListing(
        line, Listing(*fields), ReleaseFacts(*facts), Counters(*counters), _time(exported_at), has_unread_date
    )


def _time(text: Any) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
