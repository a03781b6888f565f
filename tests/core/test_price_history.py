"""The prices visitors saw, from what the log says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.core.price_history import Happening, PricePoint, price_points

START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def happened(number: int, kind: str | None, **fields: tuple[str | None, str | None]) -> Happening:
    return Happening(day(number), kind, fields)


def point(number: int, price: str | None, currency: str | None = "EUR") -> PricePoint:
    return PricePoint(day(number), None if price is None else Decimal(price), currency)


PRESENT = (Decimal("20.00"), "EUR")


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ([], [point(0, "20.00")]),
        ([happened(1, "add")], [point(1, "20.00")]),
        (
            [happened(1, "add"), happened(2, "update", price_value=("18.50", "20.00"))],
            [point(1, "18.50"), point(2, "20.00")],
        ),
        # A price nobody saw: the listing was a draft meanwhile.
        (
            [
                happened(1, "add"),
                happened(2, "remove"),
                happened(3, None, price_value=("10.00", "15.00")),
                happened(4, None, price_value=("15.00", "20.00")),
                happened(5, "add"),
            ],
            [point(1, "10.00"), point(5, "20.00")],
        ),
        # Away and back at the same price is one price.
        ([happened(1, "add"), happened(2, "remove"), happened(3, "restore")], [point(1, "20.00")]),
        # Back at another price.
        (
            [happened(1, "add"), happened(2, "remove"), happened(3, "restore", price_value=("9.00", "20.00"))],
            [point(1, "9.00"), point(3, "20.00")],
        ),
        # Nobody saw it come, and it is there.
        ([happened(1, None), happened(2, None, price_value=("5.00", "20.00"))], [point(2, "20.00")]),
        ([happened(2, "update", comments=("a", "b"))], [point(0, "20.00")]),
        # Another currency, with and without another number.
        (
            [
                happened(1, "add"),
                happened(2, "update", price_value=("18.00", "19.00"), price_currency=("USD", "EUR")),
                happened(3, "update", price_value=("19.00", "20.00")),
            ],
            [point(1, "18.00", "USD"), point(2, "19.00"), point(3, "20.00")],
        ),
        (
            [happened(1, "add"), happened(2, "update", price_currency=("JPY", "EUR"))],
            [point(1, "2000", "JPY"), point(2, "20.00")],
        ),
        # A price that was unknown at first.
        (
            [happened(1, "add"), happened(2, "update", price_value=(None, "20.00"), price_currency=(None, "EUR"))],
            [point(1, None, None), point(2, "20.00")],
        ),
        # An update beside the price.
        ([happened(1, "add"), happened(2, "update", comments=("a", "b"))], [point(1, "20.00")]),
    ],
)
def test_what_was_on_show_and_since_when(log: list[Happening], expected: list[PricePoint]) -> None:
    assert price_points(log, PRESENT, since=START) == expected


def test_a_log_whose_beginning_is_missing_starts_with_the_first_it_tells() -> None:
    log = [happened(5, "update", price_value=("10.00", "15.00")), happened(6, "update", price_value=("15.00", "20.00"))]
    assert price_points(log, PRESENT, since=None) == [point(5, "15.00"), point(6, "20.00")]


def test_a_price_the_log_does_not_lead_to_is_believed_from_the_log() -> None:
    """Between two accounts a listing may change its price without an entry of its own."""
    log = [happened(1, "add"), happened(2, "update", price_value=("10.00", "12.00")), happened(3, None)]
    assert price_points(log, PRESENT, since=START) == [point(1, "10.00"), point(2, "12.00"), point(3, "20.00")]
