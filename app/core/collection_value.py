"""What Discogs estimates a collection to be worth: texts for display, read as exact amounts where they are clear."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from app.core.money import NotMoney, to_minor

# Discogs' twelve currencies as it writes them; "$" alone is the US dollar's.
SYMBOLS = {
    "$": "USD",
    "US$": "USD",
    "£": "GBP",
    "€": "EUR",
    "CA$": "CAD",
    "A$": "AUD",
    "¥": "JPY",
    "CHF": "CHF",
    "MX$": "MXN",
    "R$": "BRL",
    "NZ$": "NZD",
    "SEK": "SEK",
    "ZAR": "ZAR",
}
AMOUNT = re.compile(r"^(?P<sign>\D{1,4}?)\s?(?P<amount>\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?)$")


class CollectionValue(NamedTuple):
    """Three estimates in the smallest unit of one currency."""

    currency: str
    minimum: int
    median: int
    maximum: int


def parse_value(told: Mapping[str, Any]) -> CollectionValue | None:
    """`{"minimum": "€240.00", "median": …, "maximum": …}` (discogs-api: collection value); None when it is not clear.

    >>> parse_value({"minimum": "€240.00", "median": "€668.62", "maximum": "€1,458.00"})
    CollectionValue(currency='EUR', minimum=24000, median=66862, maximum=145800)
    """
    amounts = [_amount(told.get(name)) for name in ("minimum", "median", "maximum")]
    known = [amount for amount in amounts if amount is not None]
    currencies = {currency for currency, _ in known}
    if len(known) != len(amounts) or len(currencies) != 1:
        return None
    minimum, median, maximum = (minor for _, minor in known)
    return CollectionValue(currencies.pop(), minimum, median, maximum)


def _amount(text: object) -> tuple[str, int] | None:
    found = AMOUNT.match(text.strip()) if isinstance(text, str) and len(text) < 40 else None
    currency = SYMBOLS.get(found["sign"].strip()) if found else None
    if found is None or currency is None:
        return None
    try:
        return currency, to_minor(found["amount"].replace(",", ""), currency) or 0
    except NotMoney:
        return None
