"""Exported rows as a file: CSV, JSON or XML, batch after batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from app.core.export_wishes import ExportFormat
from app.formats.csv_text import csv_text
from app.formats.json_listing import json_bytes
from app.formats.xml_text import DECLARATION, allowed, child, xml_bytes

Row = Mapping[str, Any]


def export_text(
    form: ExportFormat, columns: Sequence[str], batches: Iterable[Sequence[Row]], about: Mapping[str, Any]
) -> Iterator[bytes]:
    """The text of a file with these columns. JSON and XML also say what they are (`about`); CSV has its name for it."""
    if form is ExportFormat.JSON:
        return _json(columns, batches, about)
    if form is ExportFormat.XML:
        return _xml(columns, batches, about)
    return csv_text(columns, batches, bom=form is ExportFormat.EXCEL)


def key_of(column: str) -> str:
    """What a column is called where spaces cannot stand.

    >>> key_of("Catalog Number")
    'catalog_number'
    """
    return column.lower().replace(" ", "_")


def _json(columns: Sequence[str], batches: Iterable[Sequence[Row]], about: Mapping[str, Any]) -> Iterator[bytes]:
    keys = [(key_of(column), column) for column in columns]
    yield json_bytes({"export": about})[:-1] + b',"items":['
    separator = b"\n"
    for batch in batches:
        if batch:
            yield separator + b",\n".join(json_bytes({key: row[column] for key, column in keys}) for row in batch)
            separator = b",\n"
    yield b"]}\n"


def _xml(columns: Sequence[str], batches: Iterable[Sequence[Row]], about: Mapping[str, Any]) -> Iterator[bytes]:
    keys = [(key_of(column), column) for column in columns]
    head = Element("export", {name: allowed(str(value)) for name, value in about.items() if value is not None})
    head.text = "\n"  # makes an end tag
    start, end = xml_bytes(head).split(b"\n</")
    yield DECLARATION + start + b"\n"
    for batch in batches:
        yield b"".join(xml_bytes(_element(keys, row)) + b"\n" for row in batch)
    yield b"</" + end + b"\n"


def _element(keys: Sequence[tuple[str, str]], row: Row) -> Element:
    item = Element("item")
    for key, column in keys:
        if row[column] is not None:
            child(item, key, str(row[column]))
    return item
