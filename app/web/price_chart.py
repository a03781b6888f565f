"""The prices of a listing as a line of steps: a price holds until the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import takewhile

from app.core.price_history import PricePoint

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 8, 8, 34, 30
LABEL = 110


@dataclass(frozen=True, slots=True)
class Dot:
    """Where a price begins to hold; `has_room`: its amount can be written there."""

    x: float
    y: float
    point: PricePoint
    anchor: str
    has_room: bool


@dataclass(frozen=True, slots=True)
class PriceChart:
    """A drawing of `width` by `height`: the line, the area under it, its dots and the ends of its time."""

    width: int
    height: int
    line: str
    area: str
    dots: list[Dot]
    begin: datetime
    end: datetime
    floor: int


def price_chart(prices: Sequence[PricePoint], now: datetime) -> PriceChart | None:
    """The chart, or None where nothing moved: then a sentence tells more.

    It begins after the last time that the price was unknown or in another currency: those are left to the table.
    """
    drawn = _comparable(prices)
    amounts = [one.price for one in drawn if one.price is not None]
    if len(amounts) < 2:
        return None
    begin, end = drawn[0].at, max(now, drawn[-1].at)
    places = [
        _place(one.at, amount, (begin, end), (min(amounts), max(amounts)))
        for one, amount in zip(drawn, amounts, strict=True)
    ]
    dots = [
        Dot(x, y, point, anchor="start" if x < WIDTH - LABEL else "end", has_room=after - x >= LABEL)
        for (x, y), point, after in zip(places, drawn, [*(x for x, _ in places[1:]), WIDTH + LABEL], strict=True)
    ]
    line = f"M{dots[0].x} {dots[0].y}" + "".join(f"H{dot.x}V{dot.y}" for dot in dots[1:]) + f"H{WIDTH - RIGHT}"
    floor = HEIGHT - BOTTOM
    return PriceChart(WIDTH, HEIGHT, line, f"{line}V{floor}H{dots[0].x}Z", dots, begin, end, floor)


def _comparable(prices: Sequence[PricePoint]) -> list[PricePoint]:
    """The newest prices without a gap between them."""
    backwards = takewhile(lambda one: one.price is not None and one.currency == prices[-1].currency, reversed(prices))
    return list(backwards)[::-1]


def _place(
    at: datetime, amount: Decimal, time: tuple[datetime, datetime], span: tuple[Decimal, Decimal]
) -> tuple[float, float]:
    whole = (time[1] - time[0]).total_seconds()
    passed = (at - time[0]).total_seconds() / whole if whole else 0
    height = float((amount - span[0]) / (span[1] - span[0])) if span[1] > span[0] else 0.5
    # A quarter of the room stays below the lowest price: it is not nothing.
    y = TOP + (1 - height) * (HEIGHT - TOP - BOTTOM) * 0.75
    return round(LEFT + passed * (WIDTH - LEFT - RIGHT), 1), round(y, 1)
