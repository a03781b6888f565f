"""Which prices fell, from what the log says."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.core.price_drops import PriceChange, price_drops

AT = datetime(2026, 1, 1, tzinfo=UTC)


def change(seq: int, listing_id: int, *price: str | None, **others: list[str | None]) -> PriceChange:
    fields: dict[str, list[str | None]] = {"price_value": list(price)} if price else {}
    return PriceChange(seq, AT, listing_id, fields | others)


def test_the_last_change_of_a_price_decides() -> None:
    newest_first = [change(5, 1, "9.00", "8.00"), change(4, 2, "5.00", "6.00"), change(3, 1, "10.00", "9.00")]
    (drop,) = price_drops([*newest_first, change(2, 2, "7.00", "5.00")]).values()
    assert drop == (5, AT, 1, Decimal("9.00"), Decimal("8.00"))


def test_amounts_are_compared_as_numbers() -> None:
    assert [*price_drops([change(1, 1, "100.00", "9.00"), change(2, 2, "9.00", "100.00")])] == [1]


@pytest.mark.parametrize(
    "no_drop",
    [
        change(2, 1, None, "8.00"),
        change(2, 1, "8.00", None),
        change(2, 1, "8.00", "8.00"),
        change(2, 1, "9.00", "8.00", price_currency=["EUR", "USD"]),
        change(2, 1, price_currency=["EUR", "USD"]),
    ],
    ids=["unknown before", "unknown now", "equal", "another currency", "only the currency"],
)
def test_what_cannot_be_compared_is_no_drop(no_drop: PriceChange) -> None:
    assert price_drops([no_drop, change(1, 1, "20.00", "10.00")]) == {}


def test_other_fields_do_not_hide_a_drop() -> None:
    assert [*price_drops([change(2, 1, comments=["a", "b"]), change(1, 1, "20.00", "10.00")])] == [1]
