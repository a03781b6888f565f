"""A listing read back from its document is the listing that was shown."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.formats.json_listing import json_bytes
from app.formats.shop_listing import Listed, Shop, item_of, shown

Amount = tuple[int | None, str | None]  # minor units, currency
SHOP = Shop("https://www.discogs.com", "https://api.discogs.com", {1: "example_seller"})
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
MINOR = st.none() | st.integers(0, 2**63 - 1) | st.integers(0, 100_000)
CURRENCY = st.sampled_from(["EUR", "USD", "JPY", None])
TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs"]))


@given(st.tuples(MINOR, CURRENCY), st.tuples(MINOR, CURRENCY), TEXT, TEXT)
def test_all_fields_are_as_they_were(
    price: tuple[int | None, str | None],
    shipping: tuple[int | None, str | None],
    title: str | None,
    comments: str | None,
) -> None:
    known = dict.fromkeys(Listed._fields) | {
        "listing_id": 4_330_000_000,
        "source_id": 1,
        "release_id": 17,
        "status": "For Sale",
        "posted_at": NOW,
        "created_at": NOW,
        "updated_at": NOW,
        "price_minor": price[0],
        "price_currency": price[1],
        "shipping_minor": shipping[0],
        "shipping_currency": shipping[1],
        "title": title,
        "comments": comments,
        "allow_offers": True,
        "year": 1959,
    }
    item = shown(Listed(**known), SHOP)  # type: ignore[arg-type]
    found = item_of(json_bytes(item))
    assert found == item
    assert repr(found) == repr(item), "to the last digit"
