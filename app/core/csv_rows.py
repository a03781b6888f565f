"""From the cells of one record to a listing and what the row tells of its release."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from app.core.csv_cells import unguard
from app.core.csv_layouts import Header
from app.core.csv_reading import Cells
from app.core.money import NotMoney, to_minor
from app.core.parsing import MAX_COUNT, MAX_ID, Unreadable, clean, parse_year, safe_image
from app.core.records import Counters, Listing
from app.core.times import parse_time

NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
DECIMAL_COMMA = re.compile(r"\d+,\d{1,2}", re.ASCII)
FLAGS = {"y": True, "n": False, "yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}
TIMES = re.compile(r"\d{4}-\d{2}-\d{2}[ T]")


class ReleaseFacts(NamedTuple):
    """What a row tells of its release beyond the listing. Field names are those of the mirror's release rows."""

    country: str | None = None
    genres: str | None = None
    styles: str | None = None
    barcode: str | None = None
    master_id: int | None = None


class CsvListing(NamedTuple):
    """One readable record. `exported_at` is when its text was true, where the row itself says so."""

    line: int
    listing: Listing
    facts: ReleaseFacts
    counters: Counters
    exported_at: datetime | None
    has_unread_date: bool


class CsvRejected(NamedTuple):
    """One record that cannot be stored truthfully: where it starts, whose it is, why, and its text."""

    line: int
    listing_id: int | None
    problem: str
    raw: str


class CurrencyMissing(Unreadable):
    """A price stands without a currency, and nobody knows the seller's."""


@dataclass(slots=True)
class RowParser:
    """Parses the records of one file. `currency` is that of prices without one; None when nobody knows it."""

    header: Header
    delimiter: str
    currency: str | None
    image_origins: tuple[str, ...]
    columns: dict[str, str] = field(init=False)  # field of a listing → column that tells it

    def __post_init__(self) -> None:
        self.columns = {name: column for column, name in self.header.layout.fields.items()}

    def parse(self, cells: Cells) -> CsvListing | CsvRejected:
        """One record. Raises CurrencyMissing for a price when the layout has no currencies and none is known."""
        listing_id: int | None = None
        try:
            row = _Row(self, cells.by_column)
            listing_id = row.identity("listing_id")
            return self._parse(cells.line, listing_id, row)
        except CurrencyMissing as problem:
            if "price_currency" not in self.header.columns:
                raise
            return CsvRejected(cells.line, listing_id, str(problem), as_text(cells))
        except Unreadable as problem:
            return CsvRejected(cells.line, listing_id, str(problem), as_text(cells))

    def _parse(self, line: int, listing_id: int, row: _Row) -> CsvListing:
        status = row.text("status")
        if status is None:
            raise Unreadable("status is missing")
        price_minor, price_currency = row.money("price_minor", "price_currency")
        shipping_minor, shipping_currency = row.money("shipping_minor", "shipping_currency")
        posted = row.cell("posted_at")
        posted_at = parse_time(posted.strip())
        listing = Listing(
            listing_id,
            row.identity("release_id"),
            status,
            row.text("condition"),
            row.text("sleeve_condition"),
            posted_at,
            price_minor,
            price_currency,
            row.text("title"),
            row.text("artist"),
            row.text("label"),
            row.text("format"),
            row.text("catalog_number"),
            parse_year(row.cell("year").strip().removesuffix(".0")),
            row.text("comments"),
            row.text("ships_from"),
            row.flag("allow_offers"),
            shipping_minor,
            shipping_currency,
            safe_image(row.cell("image_uri"), self.image_origins),
            safe_image(row.cell("image_resource_url"), self.image_origins),
            row.text("location"),
            row.text("external_id"),
            row.count("weight"),
            row.count("format_quantity"),
            row.count("quantity"),
        )
        facts = ReleaseFacts(
            row.own_text("country"),
            row.own_text("genres"),
            row.own_text("styles"),
            row.own_text("barcode"),
            row.own_count("master_id") or None,
        )
        counters = Counters(row.own_count("release_community_have"), row.own_count("release_community_want"))
        exported_at = parse_moment(row.own_cell("export_timestamp"))
        return CsvListing(line, listing, facts, counters, exported_at, bool(posted.strip()) and posted_at is None)


class _Row:
    """The cells of one record, asked for by the field they tell."""

    def __init__(self, parser: RowParser, cells: Mapping[str, str]) -> None:
        self._parser = parser
        self._cells = cells
        self._column = parser.columns

    def cell(self, name: str) -> str:
        column = self._column.get(name)
        return "" if column is None else self._cells.get(column, "")

    def own_cell(self, column: str) -> str:
        return self._cells.get(column, "")

    def text(self, name: str) -> str | None:
        return self._text(self.cell(name))

    def own_text(self, column: str) -> str | None:
        return self._text(self.own_cell(column))

    def identity(self, name: str) -> int:
        text = self.cell(name).strip()
        if text.isascii() and text.isdigit() and len(text) <= 20 and 1 <= int(text) <= MAX_ID:
            return int(text)
        raise Unreadable(f"{self._column[name]} is no Discogs id: {text!r:.60}")

    def count(self, name: str) -> int | None:
        return _count(self._column.get(name, name), self.cell(name))

    def own_count(self, column: str) -> int | None:
        return _count(column, self.own_cell(column))

    def flag(self, name: str) -> bool | None:
        text = self.cell(name).strip().lower()
        if text and text not in FLAGS:
            raise Unreadable(f"{self._column[name]} is neither Y nor N: {text!r:.60}")
        return FLAGS.get(text)

    def money(self, name: str, currency_name: str) -> tuple[int | None, str | None]:
        text = self.cell(name).strip()
        if self._parser.delimiter == ";" and DECIMAL_COMMA.fullmatch(text):  # as spreadsheets of half of Europe write
            text = text.replace(",", ".")
        if text and not NUMBER.fullmatch(text):
            raise Unreadable(f"{self._column[name]} is no amount: {text!r:.60}")
        currency = clean(self.cell(currency_name).strip()) or self._parser.currency
        if currency is not None and len(currency) > 8:
            raise Unreadable(f"{self._column[currency_name]} is no currency: {currency!r:.60}")
        try:
            minor = to_minor(text, currency)
        except NotMoney as problem:
            raise Unreadable(f"{self._column[name]}: {problem}") from problem
        if minor is None:
            return None, None
        if currency is None:
            raise CurrencyMissing(f"{self._column[name]} has no currency; name it with --currency")
        return minor, currency

    def _text(self, text: str) -> str | None:
        """Edge spaces are real data; only our own guard is taken off."""
        bare = unguard(text) if self._parser.header.layout.is_guarded else text
        return clean(bare) or None


def as_text(cells: Cells) -> str:
    """The record's cells as text for a person to look at."""
    return clean(" | ".join(f"{name}={text}" for name, text in cells.by_column.items() if text))[:2000]


def _count(column: str, text: str) -> int | None:
    """A whole number of at least 0; weights come as `230` and as `230.0`."""
    bare = text.strip()
    if not bare:
        return None
    try:
        number = round(Decimal(bare)) if NUMBER.fullmatch(bare) else -1
    except (InvalidOperation, OverflowError):
        number = -1
    if not 0 <= number <= MAX_COUNT:
        raise Unreadable(f"{column} is no count: {bare!r:.60}")
    return number


def parse_moment(text: str) -> datetime | None:
    """A time from ISO 8601 text; without a zone it is UTC, the earliest of the likely readings. None if unreadable."""
    bare = text.strip()
    if not TIMES.match(bare):
        return parse_time(bare)
    try:
        moment = datetime.fromisoformat(bare)
    except ValueError:
        return None
    return parse_time(moment.replace(tzinfo=UTC).isoformat() if moment.tzinfo is None else bare)
