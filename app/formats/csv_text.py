"""Rows as CSV (RFC 4180) that spreadsheets do not calculate with and that can be read back without loss."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.core.csv_cells import TRIGGERS, guard

BOM = "\ufeff".encode()


def csv_text(
    fields: Sequence[str],
    batches: Iterable[Sequence[Mapping[str, Any]]],
    *,
    bom: bool = False,
    is_guarded: bool = True,
    header: Sequence[str] | None = None,
) -> Iterator[bytes]:
    """A header of `fields` (or `header`, in their order), then one line per item; UTF-8, one piece of text per batch.

    Only a file that no spreadsheet is to read may do without the guard.
    """
    if bom:
        yield BOM
    yield _lines([fields if header is None else _guarded(header)])
    ready = _guarded if is_guarded else _exact
    for batch in batches:
        # Column by column: the checks run without a call per cell. The writer itself knows None and numbers.
        columns = (ready([item[name] for item in batch]) for name in fields)
        yield _lines(zip(*columns, strict=True))


def _guarded(column: Sequence[Any]) -> list[Any]:
    """Text is guarded, an exact number keeps its digits, unknown (None) becomes empty."""
    return [
        (guard(value) if value[:1] in TRIGGERS else value) if type(value) is str else _plain(value) for value in column
    ]


def _exact(column: Sequence[Any]) -> list[Any]:
    return [_plain(value) for value in column]


def _plain(value: Any) -> Any:
    return f"{value:f}" if type(value) is Decimal else value


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
