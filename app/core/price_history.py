"""Which prices a visitor saw, and since when, from what the change log says of one listing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from app.core.money import from_minor, to_minor

APPEARING = frozenset({"add", "restore"})


class PricePoint(NamedTuple):
    """A price and when visitors saw it first. None: nobody knew a price."""

    at: datetime
    price: Decimal | None
    currency: str | None


class Happening(NamedTuple):
    """One entry of the change log: what visitors saw happen (None: nothing), and {field: [old, new]}."""

    at: datetime
    public_kind: str | None
    fields: Mapping[str, Sequence[str | None]]


Price = tuple[Decimal | None, str | None]


def price_points(happened: Sequence[Happening], present: Price, *, since: datetime | None) -> list[PricePoint]:
    """The prices that were on show, the oldest first.

    `happened` is in order of time, `present` the price after all of it; `since` is when the listing appeared if the
    log does not say so, None when the beginning of the log is not among what happened.
    """
    seen = [one.public_kind for one in happened if one.public_kind is not None]
    if not seen:  # all that is certain of a listing nobody saw come is that it has this price now
        moment = happened[-1].at if happened else since
        return [] if moment is None else [PricePoint(moment, *present)]
    first, after = _unwound(happened, present)
    is_shown = seen[0] not in APPEARING
    points = [PricePoint(since, *first)] if is_shown and since is not None else []
    for one, price in zip(happened, after, strict=True):
        is_shown = one.public_kind in APPEARING or (is_shown and one.public_kind != "remove")
        if is_shown and (not points or points[-1][1:] != price):
            points.append(PricePoint(one.at, *price))
    return points


def _unwound(happened: Sequence[Happening], present: Price) -> tuple[Price, list[Price]]:
    """The price before all of it, and the one after each."""
    after: list[Price] = []
    price = present
    for one in reversed(happened):
        price = _side(one, price, new=True)
        after.append(price)
        price = _side(one, price, new=False)
    return price, after[::-1]


def _side(one: Happening, price: Price, *, new: bool) -> Price:
    """The price on one side of a change, by what the change says of it."""
    amount, currency = price
    if "price_currency" in one.fields:
        told = one.fields["price_currency"][new]
        if "price_value" not in one.fields and told != currency:
            # Equal minor units in both currencies were no change of the amount: 18.50 EUR became 1850 JPY.
            amount = from_minor(to_minor(amount, currency), told)
        currency = told
    if "price_value" in one.fields:
        text = one.fields["price_value"][new]
        amount = None if text is None else Decimal(text)
    return amount, currency
