"""From the cells of a row of the website's collection or wantlist export to what it tells, strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.core.csv_cells import unguard
from app.core.csv_layouts import Header
from app.core.csv_reading import Cells
from app.core.csv_rows import CsvRejected, as_text
from app.core.parsing import MAX_ID, Unreadable, clean, parse_year
from app.core.times import parse_time

DATE = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?", re.ASCII)
BEST_RATING = 5


class ShelfRow(NamedTuple):
    """One readable row. `own` are the owner's own fields: (column, text); `notes` those of a want."""

    line: int
    release_id: int
    added_at: datetime | None
    rating: int | None
    title: str | None
    artist: str | None
    label: str | None
    catalog_number: str | None
    format: str | None
    year: int | None
    folder: str | None
    notes: str | None
    own: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ShelfRowParser:
    """Parses the rows of one file."""

    header: Header

    def parse(self, cells: Cells) -> ShelfRow | CsvRejected:
        """One row, or why it cannot be stored truthfully."""
        try:
            return self._parse(cells)
        except Unreadable as problem:
            return CsvRejected(cells.line, None, str(problem), as_text(cells))

    def _parse(self, cells: Cells) -> ShelfRow:
        told = cells.by_column
        texts = {
            name: _text(told.get(name, "")) for name in ("artist", "title", "label", "format", "catalog#", "notes")
        }
        if texts["title"] is None:
            raise Unreadable("Title is empty")
        own = ((column, _text(told[column])) for column in self.header.own)
        return ShelfRow(
            line=cells.line,
            release_id=_release(told["release_id"]),
            added_at=_date(told.get("date added", "")),
            rating=_rating(told.get("rating", "")),
            title=texts["title"],
            artist=texts["artist"],
            label=texts["label"],
            catalog_number=texts["catalog#"],
            format=texts["format"],
            year=parse_year(told.get("released", "").strip()),
            folder=_text(told.get("collectionfolder", "").strip()),
            notes=texts["notes"],
            own=tuple((column, text) for column, text in own if text is not None),
        )


def _text(cell: str) -> str | None:
    """Edge spaces are real data; only the guard of our own files is taken off."""
    return clean(unguard(cell)) or None


def _release(cell: str) -> int:
    text = cell.strip()
    if text.isascii() and text.isdigit() and len(text) <= 20 and 1 <= int(text) <= MAX_ID:
        return int(text)
    raise Unreadable(f"release_id is no Discogs id: {text!r:.60}")


def _date(cell: str) -> datetime | None:
    """Pacific time, as the website writes it. What a spreadsheet made of it may be of one month or another: refused."""
    text = cell.strip()
    if not text:
        return None
    moment = parse_time(text) if DATE.fullmatch(text) else None
    if moment is None:
        raise Unreadable(f"Date Added is not written like 2026-01-05 08:14:50: {text!r:.60}")
    return moment


def _rating(cell: str) -> int | None:
    text = cell.strip()
    if text in {"", "0"}:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 2 and int(text) <= BEST_RATING:
        return int(text)
    raise Unreadable(f"Rating is not from 0 to 5: {text!r:.60}")
