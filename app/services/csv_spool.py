"""The readable records of one CSV file, sorted and without duplicates, outside the mirror and outside memory.

A private temporary database of SQLite: it spills to disk when it grows and vanishes with its connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import orjson

from app.core.csv_rows import CsvListing, ReleaseFacts
from app.core.records import Counters, Listing

POSTED = Listing._fields.index("posted_at")
CREATE = "CREATE TABLE records (listing_id INTEGER PRIMARY KEY, line INTEGER NOT NULL, record BLOB NOT NULL)"
STORE = "INSERT OR REPLACE INTO records VALUES (?, ?, ?)"


class Duplicate(NamedTuple):
    """A listing id that occurs twice in the file. The later line counts."""

    listing_id: int
    line: int
    later_line: int
    is_identical: bool


class Spool:
    """Put records in any order; get them back in ascending order of their listing id."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute(CREATE)
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

    def discard(self, listing_id: int) -> int | None:
        """Take a record out again; the line it stood on."""
        query = "DELETE FROM records WHERE listing_id = ? RETURNING line"
        row = self._database.execute(query, (listing_id,)).fetchone()
        return None if row is None else int(row[0])

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
