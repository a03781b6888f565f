"""Which listings cost less than before, from what the change log says of prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


class PriceChange(NamedTuple):
    """An entry of the change log that visitors saw, with {field: [old, new]}."""

    seq: int
    at: datetime
    listing_id: int
    fields: Mapping[str, Sequence[str | None]]


class PriceDrop(NamedTuple):
    """A price that fell, in one currency; `seq` is the change that lowered it."""

    seq: int
    at: datetime
    listing_id: int
    former: Decimal
    price: Decimal


def price_drops(newest_first: Iterable[PriceChange]) -> dict[int, PriceDrop]:
    """The listings whose last price change was a drop, by id, the newest drop first.

    A listing that became dearer again, or changed its currency, is none of them.
    """
    last: dict[int, PriceDrop | None] = {}
    for change in newest_first:
        if change.listing_id not in last and not change.fields.keys().isdisjoint({"price_value", "price_currency"}):
            last[change.listing_id] = _drop(change)
    return {number: drop for number, drop in last.items() if drop is not None}


def _drop(change: PriceChange) -> PriceDrop | None:
    old, new = change.fields.get("price_value", (None, None))
    if old is None or new is None or "price_currency" in change.fields:
        return None
    former, price = Decimal(old), Decimal(new)
    return PriceDrop(change.seq, change.at, change.listing_id, former, price) if price < former else None
