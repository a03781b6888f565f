"""Files for the importer of Discogs: the seller's words as they are, and nobody else's."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.downloads import UploadKind
from app.formats.discogs_upload import CHANGE_COLUMNS, upload_text
from app.formats.shop_listing import CSV_FIELDS

texts = st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
counts = st.none() | st.integers(0, 2**53)
items = st.fixed_dictionaries(
    {
        "listing_id": st.integers(1, 2**53).map(str),
        "release_id": st.integers(1, 2**53).map(str),
        "price_value": st.none() | st.decimals(0, 10**9, places=2),
        "condition": texts,
        "sleeve_condition": texts,
        "comments": texts,
        "allow_offers": st.sampled_from([True, False, None]),
        "location": texts,
        "external_id": texts,
        "weight": counts,
        "format_quantity": counts,
    }
)


def read(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


@given(st.lists(items, max_size=5))
def test_discogs_reads_what_the_seller_wrote(sold: list[dict[str, Any]]) -> None:
    rows = read(b"".join(upload_text(UploadKind.CHANGE, [sold])))
    assert len(rows) == len(sold)
    for row, item in zip(rows, sold, strict=True):
        assert {name: row[name] for name in ("comments", "location", "external_id")} == {
            name: item[name] or "" for name in ("comments", "location", "external_id")
        }
        assert row["price"] == ("" if item["price_value"] is None else f"{item['price_value']:.2f}")
        assert row["accept_offer"] == {True: "Y", False: "N", None: ""}[item["allow_offers"]]


def test_no_word_of_the_catalogue_goes_in() -> None:
    """Titles and names are of strangers, and nothing keeps a spreadsheet from calculating with them here."""
    theirs = {"artist_names", "release_title", "label_names", "format_names", "catalog_number", "genres", "styles"}
    assert theirs <= set(CSV_FIELDS)
    assert theirs.isdisjoint(CHANGE_COLUMNS.values())


@pytest.mark.parametrize("kind", UploadKind)
def test_lines_leave_as_listings_come(kind: UploadKind) -> None:
    taken: list[int] = []

    def batches() -> Iterator[list[dict[str, Any]]]:
        for number in range(1, 4):
            taken.append(number)
            item = dict.fromkeys(CHANGE_COLUMNS.values()) | {"listing_id": str(number), "price_value": Decimal("1.50")}
            yield [item]

    pieces = upload_text(kind, batches())
    assert next(pieces).startswith(b"listing_id")
    assert (taken, next(pieces)[:1]) == ([1], b"1")
    assert (len(list(pieces)), taken) == (2, [1, 2, 3])
