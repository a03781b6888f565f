"""What Discogs may send, and what becomes of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.fingerprint import fingerprint, keep_untold
from app.core.parsing import parse_item
from app.core.records import Listing, Parsed, Rejected


def item(**changes: Any) -> dict[str, Any]:
    """A listing as its owner sees it."""
    plain: dict[str, Any] = {
        "id": 4330635001,
        "status": "For Sale",
        "condition": "Very Good Plus (VG+)",
        "sleeve_condition": "Not Graded",
        "comments": "Light hairlines &amp; a sticker",
        "ships_from": "Netherlands",
        "posted": "2026-03-02T05:11:09-08:00",
        "allow_offers": True,
        "price": {"value": 20.09, "currency": "USD"},
        "original_price": {"curr_abbr": "EUR", "curr_id": 3, "formatted": "€18.50", "value": 18.5},
        "shipping_price": {},
        "original_shipping_price": {},
        "seller": {"id": 4711001, "username": "example_seller"},
        "release": {
            "id": 987001,
            "title": "Example Days",
            "artist": "The Examples*",
            "format": "LP, Album, RE",
            "label": "Sample Records",
            "catalog_number": "SR 001",
            "year": 1979,
            "thumbnail": "https://i.discogs.com/a/t.jpeg",
            "images": [{"uri": "https://i.discogs.com/a/u.jpeg", "resource_url": "https://i.discogs.com/a/r.jpeg"}],
            "stats": {"community": {"in_wantlist": 31, "in_collection": 122}},
        },
        "weight": 250.0,
        "format_quantity": 1,
        "external_id": "A-0017",
        "location": "Box 4",
        "quantity": 1,
    }
    return plain | changes


def parsed(**changes: Any) -> Parsed:
    found = parse_item(item(**changes))
    assert isinstance(found, Parsed), found
    return found


def released(**changes: Any) -> Listing:
    return parsed(release=item()["release"] | changes).listing


def test_the_sellers_own_price_is_kept_exactly() -> None:
    listing = parsed().listing
    assert (listing.price_minor, listing.price_currency) == (1850, "EUR")


def test_comments_are_stored_as_the_seller_wrote_them() -> None:
    assert parsed().listing.comments == "Light hairlines & a sticker"


def test_counters_stand_apart_from_the_listing() -> None:
    assert parsed().counters == (122, 31)
    busier = parsed(release=item()["release"] | {"stats": {"community": {"in_wantlist": 99, "in_collection": 0}}})
    assert fingerprint(busier.listing) == fingerprint(parsed().listing)


@pytest.mark.parametrize("value", [18.5, "18.5", "18.50", 18.500000000001])
def test_the_same_amount_is_the_same_price(value: object) -> None:
    assert parsed(original_price={"curr_abbr": "EUR", "value": value}).listing.price_minor == 1850


def test_one_cent_is_a_change() -> None:
    dearer = parsed(original_price={"curr_abbr": "EUR", "value": 18.51}).listing
    assert fingerprint(dearer) != fingerprint(parsed().listing)


def test_yen_have_no_minor_unit() -> None:
    assert parsed(original_price={"curr_abbr": "JPY", "value": 1850.0}).listing.price_minor == 1850


@pytest.mark.parametrize("price", [None, {}, {"value": None}, {"value": "", "curr_abbr": "EUR"}, {"value": 0}])
def test_an_unknown_price_is_never_zero(price: object) -> None:
    listing = parsed(original_price=price, price=price).listing
    assert (listing.price_minor, listing.price_currency) == (None, None)


@pytest.mark.parametrize("value", [-1, -0.01, float("inf"), float("nan"), "1,234.50", "a lot", True, [], 10**30])
def test_a_price_that_is_none_is_quarantined(value: object) -> None:
    found = parse_item(item(original_price={"curr_abbr": "EUR", "value": value}))
    assert isinstance(found, Rejected)
    assert found.item_id == 4330635001
    assert "price" in found.problem


@pytest.mark.parametrize("number", [None, 0, -5, 2**63, 10**30, 1.5, True, "x", "", [], {}, 2**53 + 1])
def test_an_impossible_id_is_quarantined(number: object) -> None:
    found = parse_item(item(id=number))
    assert isinstance(found, Rejected)
    assert found.item_id is None


def test_an_id_in_digits_is_the_id() -> None:
    assert parsed(id="4330635001").listing.listing_id == 4330635001


@pytest.mark.parametrize("changes", [{"release": None}, {"release": []}, {"status": None}, {"status": ""}])
def test_what_a_row_cannot_do_without_is_named(changes: dict[str, Any]) -> None:
    found = parse_item(item(**changes))
    assert isinstance(found, Rejected)
    assert next(iter(changes)) in found.problem


@pytest.mark.parametrize(
    ("year", "stored"), [(0, None), ("Unknown", None), (1066, None), (1979, 1979), ("1979", 1979), (True, None)]
)
def test_an_unknown_year_is_unknown(year: object, stored: int | None) -> None:
    assert released(year=year).year == stored


@pytest.mark.parametrize(
    ("posted", "stored"),
    [
        ("2026-03-02T05:11:09-08:00", "2026-03-02T13:11:09+00:00"),
        ("2026-03-02T13:11:09Z", "2026-03-02T13:11:09+00:00"),
        ("2026-08-25 07:04:22", "2026-08-25T14:04:22+00:00"),
        ("0001-01-01T00:00:00+00:00", None),
        ("soon", None),
        (None, None),
        (12, None),
    ],
)
def test_times_are_utc_and_zoneless_ones_pacific(posted: object, stored: str | None) -> None:
    moment = parsed(posted=posted).listing.posted_at
    assert (moment.isoformat() if moment else None) == stored


def test_what_no_database_can_hold_is_replaced() -> None:
    listing = released(title="a\0b", artist="lone \ud800 half")
    assert (listing.title, listing.artist) == ("ab", "lone \ufffd half")


def test_signs_and_scripts_stay_as_they_are() -> None:
    title = " <script>\u202e évil 😀 "
    assert released(title=title).title == title


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "https://i.discogs.com@evil.example/x.jpeg",
        "https://evil.example/x.jpeg",
        "https://i.discogs.com/a b",
        "//i.discogs.com/x.jpeg",
        "https://[broken",
        7,
    ],
)
def test_only_covers_from_discogs_are_shown(address: object) -> None:
    listing = released(images=[{"uri": address}], thumbnail=address)
    assert listing.image_uri is None


def test_a_strangers_row_keeps_what_only_the_owner_was_told() -> None:
    owners = parsed().listing
    row = {key: value for key, value in item().items() if key not in {"location", "external_id", "weight", "quantity"}}
    row = {key: value for key, value in row.items() if key != "format_quantity"}
    row["release"] = item()["release"] | {"images": [], "thumbnail": ""}
    strangers = parse_item(row)
    assert isinstance(strangers, Parsed)
    assert not strangers.is_owner_view
    assert keep_untold(strangers.listing, owners) == owners


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*item()]), anything) | anything)
def test_nothing_that_json_can_say_makes_the_parser_raise(changes: Any) -> None:
    found = parse_item(item(**changes) if isinstance(changes, dict) else changes)
    if isinstance(found, Parsed):
        fingerprint(found.listing)  # storable: every text encodes, every number fits 64 bits
        assert all(not isinstance(value, int) or abs(value) < 2**63 for value in found.listing)
