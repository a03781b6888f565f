"""From lines of CSV text to records that know on which line of the file they start."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from app.core.csv_layouts import Header, column_names, fits, recognise
from app.errors import CsvRefused

DELIMITERS = (",", ";", "\t")
LONGEST_CELL = 16 * 2**20
LONGEST_SHOWN = 2000
# Stands for bytes that the file's encoding does not know. No encoding gives this half of a surrogate pair by itself.
UNDECODABLE = "\udcff"


class Cells(NamedTuple):
    """One record: the line it starts on and its cells by column name."""

    line: int
    by_column: dict[str, str]


class Unusable(NamedTuple):
    """One record that has not as many cells as the header, whose quoting is broken, or whose bytes are no text."""

    line: int
    problem: str
    raw: str


@dataclass
class CsvReader:
    """Reads records lazily. `lines` are those of a file opened with newline="", line ends included.

    Header lines that a spreadsheet repeated among the data and lines without content are skipped, and counted.
    Raises CsvRefused when the first line is no header we know.
    """

    lines: Iterable[str]
    header: Header = field(init=False)
    delimiter: str = field(init=False)
    repeated_headers: int = 0
    blank_lines: int = 0
    nuls: int = 0
    _first_line: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))
        rest = iter(self.lines)
        first = self._first_with_content(rest)
        self.delimiter = _delimiter_of(first)
        self.header = recognise(_split(first, self.delimiter))
        self.lines = rest

    def __iter__(self) -> Iterator[Cells | Unusable]:
        keeper = _LineKeeper(self.lines)
        rows = csv.reader(keeper, delimiter=self.delimiter, strict=True)
        while True:
            start = self._first_line + keeper.count + 1
            self.nuls = keeper.nuls
            keeper.forget()
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield Unusable(start, self._quoting_problem(error, start, self._first_line + keeper.count), keeper.raw)
                continue
            record = self._record(start, row, keeper.raw)
            if record is not None:
                yield record

    def _record(self, line: int, row: list[str], raw: str) -> Cells | Unusable | None:
        columns, beyond = self.header.columns, self.header.layout.unnamed
        if beyond and len(row) == len(columns) + 1:
            columns = (*columns, beyond)
        if not any(row):
            self.blank_lines += 1
            return None
        if column_names(row[:1]) == columns[:1] and column_names(row) == columns:
            self.repeated_headers += 1
            return None
        if len(row) != len(columns):
            return Unusable(line, f"{len(row)} cells where the header names {len(columns)}", raw)
        if damaged := [name for name, cell in zip(columns, row, strict=True) if UNDECODABLE in cell]:
            return Unusable(line, f"bytes that are no text in the encoding of the file: {', '.join(damaged)}", raw)
        return Cells(line, dict(zip(columns, row, strict=True)))

    def _first_with_content(self, rest: Iterator[str]) -> str:
        for number, line in enumerate(rest, 1):
            bare = line.lstrip("\ufeff").strip()
            if bare and not bare.lower().startswith("sep="):  # the first line some spreadsheets write
                self._first_line = number
                return line
        raise CsvRefused("the file has no header line")

    @staticmethod
    def _quoting_problem(error: csv.Error, start: int, end: int) -> str:
        text = str(error)
        if text == "unexpected end of data":
            return f"a quote opened here is never closed: lines {start} to {end} cannot be read"
        if "field limit" in text:
            return f"a cell longer than {LONGEST_CELL} characters: lines {start} to {end} cannot be read"
        return f"broken quoting ({text})"


class _LineKeeper:
    """Counts physical lines and their NULs, and keeps the beginning of the present record's text."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.count = 0
        self.nuls = 0
        self.raw = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += 1
        self.nuls += line.count("\0")
        if len(self.raw) < LONGEST_SHOWN:
            self.raw = (self.raw + line)[:LONGEST_SHOWN]
        return line

    def forget(self) -> None:
        self.raw = ""


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line.lstrip("\ufeff")], delimiter=delimiter), [])
    except csv.Error as error:
        raise CsvRefused(f"the header line cannot be read: {error}", 1) from error


def _delimiter_of(line: str) -> str:
    """The delimiter with which the header is one we know; else the one that gives the most cells."""
    split = {delimiter: _split(line, delimiter) for delimiter in DELIMITERS}
    return next(chain((d for d in DELIMITERS if fits(split[d])), [max(split, key=lambda d: len(split[d]))]))
