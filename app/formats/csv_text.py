"""Rows as CSV (RFC 4180) that spreadsheets do not calculate with and that can be read back without loss."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.core.csv_cells import guard

BOM = "\ufeff".encode()


def csv_text(
    fields: Sequence[str],
    batches: Iterable[Sequence[Mapping[str, Any]]],
    *,
    bom: bool = False,
    is_guarded: bool = True,
) -> Iterator[bytes]:
    """A header of `fields`, then one line per item; UTF-8, one piece of text per batch.

    Only a file that no spreadsheet is to read may do without the guard.
    """
    if bom:
        yield BOM
    yield _lines([fields])
    for batch in batches:
        yield _lines([[cell(item[name], is_guarded=is_guarded) for name in fields] for item in batch])


def cell(value: object, *, is_guarded: bool = True) -> str:
    """The text of one cell: unknown is empty, numbers stay numbers, text is guarded."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return guard(value) if is_guarded and isinstance(value, str) else str(value)


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
