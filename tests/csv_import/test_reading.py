"""Records, their lines and their cells: every quirk that real files have."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from app.core.csv_reading import Cells, CsvReader, Unusable
from app.core.csv_rows import CsvListing, CsvRejected, CurrencyMissing, RowParser
from app.core.records import Counters
from app.errors import CsvRefused
from tests.csv_import.files import (
    NEW_DISCOGS_COLUMNS,
    OLD_DISCOGS_COLUMNS,
    csv_text,
    discogs_row,
    old_shop_file,
    shop_csv,
    shop_row,
)


def reader(text: str) -> CsvReader:
    return CsvReader(io.StringIO(text, newline=""))


def parsed(text: str, currency: str | None = "EUR") -> list[CsvListing | CsvRejected]:
    read = reader(text)
    parser = RowParser(read.header, read.delimiter, currency, ("https://i.discogs.com/",))
    return [parser.parse(record) for record in read if isinstance(record, Cells)]


def only(text: str, currency: str | None = "EUR") -> CsvListing:
    (record,) = parsed(text, currency)
    assert isinstance(record, CsvListing)
    return record


def problem_of(row: dict[str, object], currency: str | None = "EUR") -> str:
    columns = OLD_DISCOGS_COLUMNS if "artist" in row else None
    (record,) = parsed(shop_csv([row]) if columns is None else csv_text(columns, [row]), currency)
    assert isinstance(record, CsvRejected)
    return record.problem


def test_a_shop_file_has_520_records_on_538_lines() -> None:
    text = old_shop_file()
    assert text.count("\n") == 1 + 538
    records = parsed(text)
    assert len(records) == 520
    assert [record.line for record in records[:6]] == [2, 3, 4, 5, 6, 8]
    assert records[-1].line == 539


def test_line_numbers_count_every_kind_of_line_end() -> None:
    rows = [discogs_row(1, comments="a\r\nb"), discogs_row(2, comments="c\nd"), discogs_row(3)]
    text = csv_text(OLD_DISCOGS_COLUMNS, rows, ends="\n")
    assert [record.line for record in parsed(text)] == [2, 4, 6]
    assert [record.listing.comments for record in parsed(text) if isinstance(record, CsvListing)] == [
        "a\r\nb",
        "c\nd",
        None,
    ]


def test_repeated_headers_and_blank_lines_are_skipped_wherever_they_are() -> None:
    header, first, second = csv_text(OLD_DISCOGS_COLUMNS, [discogs_row(1), discogs_row(2)]).splitlines(keepends=True)
    read = reader("".join(["\r\n", header, "\r\n", first, header, "," * 18 + "\r\n", second, header]))
    assert [record.line for record in read] == [4, 7]
    assert (read.repeated_headers, read.blank_lines) == (2, 2)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_tells_the_delimiter(delimiter: str) -> None:
    row = discogs_row(1, format='2xLP; "x", Album', comments="semi;colon\ttab, comma")
    record = only(csv_text(OLD_DISCOGS_COLUMNS, [row], delimiter=delimiter))
    assert record.listing.format == '2xLP; "x", Album'
    assert record.listing.comments == "semi;colon\ttab, comma"


def test_a_separator_hint_of_a_spreadsheet_is_no_header() -> None:
    text = "sep=;\r\n" + csv_text(OLD_DISCOGS_COLUMNS, [discogs_row(1)], delimiter=";")
    assert only(text).line == 3


def test_decimal_commas_are_read_where_semicolons_separate() -> None:
    assert (
        only(csv_text(OLD_DISCOGS_COLUMNS, [discogs_row(1, price="32,5")], delimiter=";")).listing.price_minor == 3250
    )


def test_a_header_alone_is_a_file_of_no_rows() -> None:
    assert parsed(csv_text(NEW_DISCOGS_COLUMNS, [])) == []


def test_nothing_but_blank_lines_is_refused() -> None:
    with pytest.raises(CsvRefused):
        reader("\r\n\r\n")


def test_rows_with_too_few_or_too_many_cells_are_unusable() -> None:
    text = csv_text(OLD_DISCOGS_COLUMNS, [discogs_row(1)]) + "1,2,3\r\n" + ",".join("x" * 20) + "\r\n"
    _, short, long = reader(text)
    assert isinstance(short, Unusable)
    assert (short.line, short.problem) == (3, "3 cells where the header names 19")
    assert isinstance(long, Unusable)
    assert (long.line, long.problem) == (4, "20 cells where the header names 19")


def test_a_quote_that_is_never_closed_says_which_lines_it_swallows() -> None:
    rows = [discogs_row(number, format="LP") for number in range(1, 5)]
    lines = csv_text(OLD_DISCOGS_COLUMNS, rows).splitlines(keepends=True)
    lines[2] = '"' + lines[2]
    first, broken = reader("".join(lines))
    assert isinstance(first, Cells)
    assert isinstance(broken, Unusable)
    assert broken.problem == "a quote opened here is never closed: lines 3 to 5 cannot be read"


def test_broken_quoting_costs_one_row_only() -> None:
    lines = csv_text(OLD_DISCOGS_COLUMNS, [discogs_row(number) for number in range(1, 4)]).splitlines(keepends=True)
    lines[2] = '"stray"' + lines[2]
    kinds = [(type(record), record.line) for record in reader("".join(lines))]
    assert kinds == [(Cells, 2), (Unusable, 3), (Cells, 4)]


def test_a_comment_of_two_million_letters_is_read() -> None:
    comment = only(csv_text(OLD_DISCOGS_COLUMNS, [discogs_row(1, comments="x" * 2_000_000)])).listing.comments
    assert comment == "x" * 2_000_000


@pytest.mark.parametrize(
    "text",
    [" BRLP001", "Love   ", "= (Equals)", "-Nomadic-", "0190296617164", "'Round Midnight", "'=x", "\ufeffx\u200b"],
)
def test_text_of_discogs_is_taken_as_it_stands(text: str) -> None:
    listing = only(csv_text(OLD_DISCOGS_COLUMNS, [discogs_row(1, title=text, catno=text)])).listing
    assert (listing.title, listing.catalog_number) == (text, text)


@pytest.mark.parametrize(
    ("cell", "text"),
    [("'=1+1", "=1+1"), ("''quoted", "'quoted"), ("'Round Midnight", "'Round Midnight"), (" edge ", " edge ")],
)
def test_a_shop_csv_loses_the_guard_against_formulas(cell: str, text: str) -> None:
    assert only(shop_csv([shop_row(1, release_title=cell)])).listing.title == text


def test_every_field_of_a_shop_row_arrives() -> None:
    row = shop_row(
        7,
        genres="Jazz",
        styles="Bop",
        country="US",
        barcode="0602",
        master_id=0,
        release_community_have=12,
        release_community_want="3.0",
        shipping_price="4.5",
        shipping_currency="USD",
    )
    record = only(shop_csv([row]), currency=None)
    assert record.facts == ("US", "Jazz", "Bop", "0602", None)
    assert record.counters == Counters(12, 3)
    assert record.exported_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    listing = record.listing
    assert listing.posted_at == datetime(2026, 2, 1, 19, 22, 33, tzinfo=UTC)
    assert (listing.price_minor, listing.price_currency) == (1750, "USD")
    assert (listing.shipping_minor, listing.shipping_currency) == (450, "USD")
    assert (listing.location, listing.external_id, listing.weight, listing.format_quantity) == (
        "back room",
        "shelf 0",
        230,
        1,
    )
    assert (listing.year, listing.image_uri) == (1957, "https://i.discogs.com/7.jpg")


def test_every_field_of_a_discogs_row_arrives() -> None:
    row = discogs_row(1, listing_id=4_332_778_344, accept_offer="Y", weight="230.0", quantity=3, location="A1")
    listing = only(csv_text(NEW_DISCOGS_COLUMNS, [row])).listing
    assert listing.listing_id == 4_332_778_344
    assert listing.posted_at == datetime(2026, 2, 1, 19, 22, 33, tzinfo=UTC)  # Pacific time, without saying so
    assert (listing.price_minor, listing.price_currency) == (1850, "EUR")
    assert (listing.allow_offers, listing.weight, listing.quantity, listing.location) == (True, 230, 3, "A1")
    assert listing.condition == "Mint (M)"


@pytest.mark.parametrize("price", ["", "0", "0.0"])
def test_no_price_is_unknown_and_needs_no_currency(price: str) -> None:
    listing = only(csv_text(OLD_DISCOGS_COLUMNS, [discogs_row(1, price=price)]), currency=None).listing
    assert (listing.price_minor, listing.price_currency) == (None, None)


def test_a_price_of_a_discogs_export_needs_somebody_who_knows_the_currency() -> None:
    with pytest.raises(CurrencyMissing):
        parsed(csv_text(OLD_DISCOGS_COLUMNS, [discogs_row(1)]), currency=None)


def test_a_shop_row_without_a_currency_is_rejected_alone() -> None:
    assert "--currency" in problem_of(shop_row(1, price_currency=""), currency=None)


@pytest.mark.parametrize("price", ["-1", "1,234.50", "€5", "NaN", "1e400", "1_0", "free"])
def test_a_price_that_cannot_be_read_rejects_the_row(price: str) -> None:
    assert problem_of(discogs_row(1, price=price)).startswith("price")


@pytest.mark.parametrize("number", ["", "0", "-4", "12a", "6.03E+11", "9007199254740993", "1" * 30, "٣"])
def test_a_bad_id_rejects_the_row(number: str) -> None:
    assert problem_of(discogs_row(1, listing_id=number)).startswith("listing_id is no Discogs id")
    assert problem_of(discogs_row(1, release_id=number)).startswith("release_id is no Discogs id")


@pytest.mark.parametrize(
    ("column", "cell", "problem"),
    [
        ("status", "", "status is missing"),
        ("accept_offer", "maybe", "accept_offer is neither Y nor N: 'maybe'"),
        ("weight", "heavy", "weight is no count: 'heavy'"),
        ("weight", "-1", "weight is no count: '-1'"),
        ("format_quantity", "9" * 20, f"format_quantity is no count: '{'9' * 20}'"),
    ],
)
def test_a_row_is_rejected_with_the_reason(column: str, cell: str, problem: str) -> None:
    assert problem_of(discogs_row(1, **{column: cell})) == problem


def test_a_date_that_cannot_be_read_is_unknown_and_counted() -> None:
    record = only(csv_text(OLD_DISCOGS_COLUMNS, [discogs_row(1, listed="9/23/18 17:05")]))
    assert record.listing.posted_at is None
    assert record.has_unread_date


@pytest.mark.parametrize(("year", "expected"), [("0", None), ("1999.0", 1999), ("abc", None), ("", None)])
def test_an_implausible_year_is_unknown(year: str, expected: int | None) -> None:
    assert only(shop_csv([shop_row(1, release_year=year)])).listing.year == expected


@pytest.mark.parametrize("address", ["javascript:alert(1)", "http://i.discogs.com/x", "https://evil.example/x.jpg"])
def test_pictures_from_elsewhere_are_not_taken_over(address: str) -> None:
    assert only(shop_csv([shop_row(1, image_uri=address)])).listing.image_uri is None


def test_an_export_time_without_a_zone_is_utc() -> None:
    record = only(shop_csv([shop_row(1, export_timestamp="2026-03-01T10:00:00.123")]))
    assert record.exported_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_what_no_database_can_hold_is_cleaned() -> None:
    assert only(shop_csv([shop_row(1, comments="a\0b")])).listing.comments == "ab"
