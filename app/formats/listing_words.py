"""A listing in a few words, for titles and descriptions: plain text, to be escaped by whoever shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any


def listing_name(item: Mapping[str, Any]) -> str:
    """Artist and title, as far as they are known.

    >>> listing_name({"artist_names": "Nina Simone", "release_title": "Wild Is The Wind"})
    'Nina Simone – Wild Is The Wind'
    """
    known = [text for name in ("artist_names", "release_title") if (text := item[name])]
    return " – ".join(known) or f"Listing {item['listing_id']}"


def price_text(amount: Decimal | None, currency: str | None) -> str:
    """An exact price with its currency.

    >>> price_text(Decimal("18.50"), "EUR"), price_text(None, None)
    ('18.50 EUR', 'price unknown')
    """
    return "price unknown" if amount is None else f"{amount:f} {currency or ''}".rstrip()


def listing_facts(item: Mapping[str, Any]) -> str:
    """Format, label, catalogue number, year and conditions in one sentence; unknown ones are left out."""
    grades = (("media", item["condition"]), ("sleeve", item["sleeve_condition"]))
    facts = [
        item["format_names"],
        " ".join(text for text in (item["primary_label"], item["catalog_number"]) if text),
        str(item["release_year"]) if item["release_year"] else None,
        *(f"{name}: {grade}" for name, grade in grades if grade),
    ]
    return "; ".join(fact for fact in facts if fact)


def not_current(confirmed_at: datetime | None) -> str:
    """The warning that goes before data too old to be shown as current; None: nobody knows how old it is."""
    when = "of unknown age" if confirmed_at is None else f"as of {confirmed_at:%Y-%m-%d %H:%M} UTC"
    return f"Not current: {when}; prices and availability may have changed."
