"""Exact money: integer minor units of a currency, Decimal in between, never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache

# Of the twelve currencies Discogs sells in, only the yen has no minor unit.
NO_MINOR_UNIT = frozenset({"JPY"})
MAX_MINOR = 10**14
LARGEST_QUICK = 1e9  # below, hundredths are told apart by floats with room to spare


class NotMoney(ValueError):
    """A value that claims to be an amount and cannot be one."""


def exponent(currency: str | None) -> int:
    """How many decimals the currency has."""
    return 0 if currency in NO_MINOR_UNIT else 2


def to_minor(value: object, currency: str | None) -> int | None:
    """Minor units of an amount as Discogs or a CSV gives it (a number, or text with a decimal point).

    None, "" and 0 are "unknown" and give None: Discogs itself refuses a price of zero. More decimals than the
    currency has are rounded half-even. Raises NotMoney for negative, infinite or unreadable amounts.
    """
    if value is None or value == "":
        return None
    if type(value) is float and 0 < value < LARGEST_QUICK and currency not in NO_MINOR_UNIT:
        minor = round(value * 100)
        # The division is rounded correctly: equal means that no amount with two decimals is nearer.
        if minor / 100 == value:
            return minor
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise NotMoney(f"{value!r:.40} is no amount")
    try:
        amount = Decimal(str(value))
        if not amount.is_finite():
            raise NotMoney(f"{value!r:.40} is no amount")
        minor = int(amount.scaleb(exponent(currency)).to_integral_value(ROUND_HALF_EVEN))
    except (InvalidOperation, OverflowError) as error:
        raise NotMoney(f"{value!r:.40} is no amount") from error
    if amount < 0 or minor > MAX_MINOR:
        raise NotMoney(f"{value!r:.40} is out of range")
    return minor or None


@lru_cache(maxsize=8192)
def from_minor(minor: int | None, currency: str | None) -> Decimal | None:
    """The amount in major units, with exactly the decimals its currency has.

    >>> from_minor(1850, "EUR")
    Decimal('18.50')
    >>> from_minor(1850, "JPY")
    Decimal('1850')
    """
    if minor is None:
        return None
    return Decimal(minor).scaleb(-exponent(currency))
