"""Listings as CSV text, safe in spreadsheets and exact on the way back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from app.core.csv_cells import guard
from app.formats.shop_row import Row, shop_row

FLUSH_AT = 64 * 1024


def csv_lines(rows: Iterable[Row], columns: Sequence[str], *, web_url: str, api_url: str) -> Iterator[str]:
    """The header and a record per row, in pieces of some 64 kB."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        fields = shop_row(row, web_url=web_url, api_url=api_url)
        writer.writerow([cell(fields[name]) for name in columns])
        if buffer.tell() >= FLUSH_AT:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def cell(value: Any) -> str:
    """Text is guarded against being run as a formula; numbers stay numbers; unknown is empty."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return str(value)
    return guard(value) if isinstance(value, str) else str(value)
