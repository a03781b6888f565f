"""Pages in the words of schema.org, for search engines: plain values, to be written by Jinja's `tojson`, which
escapes what could end a script block."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.formats.listing_words import listing_facts, listing_name

CONTEXT = "https://schema.org"
NEVER_PLAYED = "Mint (M)"
USED = frozenset(
    {
        "Near Mint (NM or M-)",
        "Very Good Plus (VG+)",
        "Very Good (VG)",
        "Good Plus (G+)",
        "Good (G)",
        "Fair (F)",
        "Poor (P)",
    }
)
GTIN_LENGTHS = frozenset({8, 12, 13, 14})

Item = Mapping[str, Any]
JsonLd = dict[str, Any]


def product(item: Item, *, url: str, is_current: bool) -> JsonLd:
    """A listing as Product; with its Offer only while the data is current and the price known.

    `url` is the listing's own page. Unknown facts are left out.
    """
    name = listing_name(item)
    return _known(
        {
            "@context": CONTEXT,
            "@type": "Product",
            "name": name,
            "url": url,
            "sku": item["listing_id"],
            "description": listing_facts(item) or name,
            "image": web_address(item["image_uri"]),
            "category": item["genres"],
            "releaseDate": str(item["release_year"]) if item["release_year"] else None,
            "brand": {"@type": "Brand", "name": item["primary_label"]} if item["primary_label"] else None,
            "gtin": gtin(item["barcode"]),
            "itemCondition": condition(item["condition"]),
            "sameAs": item["release_uri"],
            "offers": _offer(item, url) if is_current else None,
        }
    )


def breadcrumbs(item: Item, *, shop: str, shop_url: str, url: str) -> JsonLd:
    """The way from the shop to a listing."""
    steps = ((shop, shop_url), (listing_name(item), url))
    return {
        "@context": CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": address}
            for position, (name, address) in enumerate(steps, start=1)
        ],
    }


def website(*, name: str, url: str) -> JsonLd:
    """The shop, and how it is searched."""
    return {
        "@context": CONTEXT,
        "@type": "WebSite",
        "name": name,
        "url": url,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{url}?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }


def condition(grade: str | None) -> str | None:
    """The address of a grade's kind: new is what was never played. Of grades that do not say it, None."""
    if grade == NEVER_PLAYED:
        return f"{CONTEXT}/NewCondition"
    return f"{CONTEXT}/UsedCondition" if grade in USED else None


def gtin(barcode: str | None) -> str | None:
    """The first of a release's barcodes whose check digit is right.

    >>> gtin("5 099749 534728"), gtin("A-12345; 5099749534728"), gtin("5099749534729")
    ('5099749534728', '5099749534728', None)
    """
    for text in re.split(r"[;,|\n]", barcode or ""):
        digits = re.sub(r"[\s-]", "", text)
        if len(digits) in GTIN_LENGTHS and digits.isascii() and digits.isdigit() and _is_checked(digits):
            return digits
    return None


def web_address(text: str | None) -> str | None:
    """The address when it is one that a page may lead to."""
    return text if text and text.startswith(("https://", "http://")) else None


def _is_checked(digits: str) -> bool:
    weighted = (int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(weighted) % 10 == 0


def _offer(item: Item, url: str) -> JsonLd | None:
    if item["price_value"] is None or item["price_currency"] is None:
        return None
    return _known(
        {
            "@type": "Offer",
            "url": url,
            "price": f"{item['price_value']:f}",
            "priceCurrency": item["price_currency"],
            "availability": f"{CONTEXT}/InStock",
            "itemCondition": condition(item["condition"]),
            "seller": {"@type": "Organization", "name": item["seller"]} if item["seller"] else None,
        }
    )


def _known(facts: JsonLd) -> JsonLd:
    return {name: value for name, value in facts.items() if value is not None and value != ""}
