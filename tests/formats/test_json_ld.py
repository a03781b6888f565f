"""Listings in the words of schema.org."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.formats.json_ld import breadcrumbs, condition, gtin, product, website
from app.formats.shop_listing import PUBLIC_FIELDS

URL = "https://records.example.com/listing/7"
KNOWN = {
    "listing_id": "7",
    "artist_names": "Nina Simone",
    "release_title": "Pastel Blues",
    "format_names": "LP, Album",
    "label_names": "Philips, Philips",
    "primary_label": "Philips",
    "catalog_number": "PHS 600-187",
    "release_year": 1965,
    "condition": "Very Good Plus (VG+)",
    "sleeve_condition": "Mint (M)",
    "genres": "Jazz, Blues",
    "barcode": "5 099749 534728",
    "image_uri": "https://i.discogs.com/cover.jpg",
    "release_uri": "https://www.discogs.com/release/9",
    "price_value": Decimal("18.50"),
    "price_currency": "EUR",
    "seller": "example_seller",
}


def item(**fields: Any) -> dict[str, Any]:
    return dict.fromkeys(PUBLIC_FIELDS) | KNOWN | fields


def test_a_listing_is_a_product_with_its_exact_price() -> None:
    assert product(item(), url=URL, is_current=True) == {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": "Nina Simone – Pastel Blues",
        "url": URL,
        "sku": "7",
        "description": "LP, Album; Philips PHS 600-187; 1965; media: Very Good Plus (VG+); sleeve: Mint (M)",
        "image": "https://i.discogs.com/cover.jpg",
        "category": "Jazz, Blues",
        "releaseDate": "1965",
        "brand": {"@type": "Brand", "name": "Philips"},
        "gtin": "5099749534728",
        "itemCondition": "https://schema.org/UsedCondition",
        "sameAs": "https://www.discogs.com/release/9",
        "offers": {
            "@type": "Offer",
            "url": URL,
            "price": "18.50",
            "priceCurrency": "EUR",
            "availability": "https://schema.org/InStock",
            "itemCondition": "https://schema.org/UsedCondition",
            "seller": {"@type": "Organization", "name": "example_seller"},
        },
    }


def test_what_is_unknown_is_left_out() -> None:
    nothing = dict.fromkeys(PUBLIC_FIELDS) | {"listing_id": "7"}
    told = product(nothing, url=URL, is_current=True)
    assert told == {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": "Listing 7",
        "url": URL,
        "sku": "7",
        "description": "Listing 7",
    }


@pytest.mark.parametrize(
    "told",
    [
        product(item(), url=URL, is_current=False),
        product(item(price_value=None), url=URL, is_current=True),
        product(item(price_currency=None), url=URL, is_current=True),
    ],
    ids=["old", "no price", "no currency"],
)
def test_nothing_is_offered_that_is_old_or_has_no_price(told: dict[str, Any]) -> None:
    assert "offers" not in told


@pytest.mark.parametrize("image", ["javascript:alert(1)", "data:text/html,x", "//example.com/x.jpg", ""])
def test_only_addresses_of_the_web_are_pictures(image: str) -> None:
    assert "image" not in product(item(image_uri=image), url=URL, is_current=True)


@pytest.mark.parametrize(
    ("grade", "kind"),
    [
        ("Mint (M)", "NewCondition"),
        ("Near Mint (NM or M-)", "UsedCondition"),
        ("Poor (P)", "UsedCondition"),
        ("Not Graded", None),
        ("Generic", None),
        (None, None),
    ],
)
def test_conditions(grade: str | None, kind: str | None) -> None:
    assert condition(grade) == (kind and f"https://schema.org/{kind}")


@pytest.mark.parametrize(
    ("barcode", "expected"),
    [
        (None, None),
        ("", None),
        ("none", None),
        ("0 7464-38000-2 1", None),
        ("036000291452", "036000291452"),
        ("x; 036000291452; 5099749534728", "036000291452"),
        ("٠٣٦٠٠٠٢٩١٤٥٢", None),
    ],
)
def test_only_a_barcode_that_checks_is_told(barcode: str | None, expected: str | None) -> None:
    assert gtin(barcode) == expected


def test_the_way_from_the_shop_and_how_it_is_searched() -> None:
    steps = breadcrumbs(item(), shop="A shop", shop_url="https://records.example.com/", url=URL)["itemListElement"]
    assert [(step["position"], step["name"], step["item"]) for step in steps] == [
        (1, "A shop", "https://records.example.com/"),
        (2, "Nina Simone – Pastel Blues", URL),
    ]
    action = website(name="A shop", url="https://records.example.com/")["potentialAction"]
    assert action["target"]["urlTemplate"] == "https://records.example.com/?q={search_term_string}"
