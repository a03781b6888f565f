"""CSV out, and back in."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.core.csv_cells import TRIGGERS, unguard
from app.formats.csv_text import csv_text

FIELDS = ("comments", "listing_id", "price_value", "release_title")
# What a mirrored text may hold: anything but NUL and surrogates, and never nothing (that is unknown).
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
triggered = st.tuples(st.sampled_from(sorted(TRIGGERS - {"\0"})), texts).map("".join)
items = st.fixed_dictionaries(
    {
        "comments": st.none() | texts | triggered,
        "listing_id": st.integers(1, 2**53).map(str),
        "price_value": st.none() | st.decimals(0, 10**9, places=2),
        "release_title": st.none() | texts | triggered,
    }
)


def exported(rows: list[dict[str, Any]], *, bom: bool = False) -> bytes:
    return b"".join(csv_text(FIELDS, [rows], bom=bom))


def imported(data: bytes) -> list[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    return [{name: unguard(text) or None for name, text in row.items()} for row in reader]


@given(st.lists(items, max_size=5), st.booleans())
def test_what_is_exported_comes_back_in(rows: list[dict[str, Any]], bom: bool) -> None:
    shown = [row | {"price_value": None if row["price_value"] is None else str(row["price_value"])} for row in rows]
    assert imported(exported(rows, bom=bom)) == shown


@given(st.lists(items, min_size=1, max_size=5))
def test_no_cell_starts_a_formula(rows: list[dict[str, Any]]) -> None:
    for line in csv.reader(io.StringIO(exported(rows).decode(), newline="")):
        assert not any(text.startswith(tuple(set(TRIGGERS) - {"'"})) for text in line)


def test_lines_end_as_the_rfc_says_and_line_breaks_are_quoted() -> None:
    rows = [{"comments": "one\ntwo", "listing_id": "7", "price_value": Decimal("18.50"), "release_title": None}]
    assert exported(rows) == b'comments,listing_id,price_value,release_title\r\n"one\ntwo",7,18.50,\r\n'


def test_a_byte_order_mark_comes_only_when_asked_for() -> None:
    assert exported([], bom=True).startswith("\ufeffcomments".encode())
    assert exported([]).startswith(b"comments")


def test_numbers_stay_numbers() -> None:
    lines = b"".join(csv_text(("a", "b", "c", "d"), [[{"a": Decimal("-18.50"), "b": -3, "c": 0, "d": None}]]))
    assert lines == b"a,b,c,d\r\n-18.50,-3,0,\r\n"
