"""The prices of a listing as a line of steps: a price holds until the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.core.price_history import PricePoint

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 8, 8, 34, 30


@dataclass(frozen=True, slots=True)
class Dot:
    """Where a price begins to hold."""

    x: float
    y: float
    point: PricePoint
    anchor: str


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

    Amounts of another currency than the present one cannot be compared with it and are left to the table.
    """
    currency = prices[-1].currency if prices else None
    drawn = [one for one in prices if one.currency == currency and one.price is not None]
    amounts = [one.price for one in drawn if one.price is not None]
    if len(amounts) < 2:
        return None
    begin, end = drawn[0].at, max(now, drawn[-1].at)
    dots = [
        _dot(one, amount, (begin, end), (min(amounts), max(amounts)))
        for one, amount in zip(drawn, amounts, strict=True)
    ]
    line = f"M{dots[0].x} {dots[0].y}" + "".join(f"H{dot.x}V{dot.y}" for dot in dots[1:]) + f"H{WIDTH - RIGHT}"
    floor = HEIGHT - BOTTOM
    return PriceChart(WIDTH, HEIGHT, line, f"{line}V{floor}H{dots[0].x}Z", dots, begin, end, floor)


def _dot(point: PricePoint, amount: Decimal, time: tuple[datetime, datetime], span: tuple[Decimal, Decimal]) -> Dot:
    whole = (time[1] - time[0]).total_seconds()
    passed = (point.at - time[0]).total_seconds() / whole if whole else 0
    height = float((amount - span[0]) / (span[1] - span[0])) if span[1] > span[0] else 0.5
    x = round(LEFT + passed * (WIDTH - LEFT - RIGHT), 1)
    # A quarter of the room stays below the lowest price: it is not nothing.
    y = round(TOP + (1 - height) * (HEIGHT - TOP - BOTTOM) * 0.75, 1)
    return Dot(x, y, point, "start" if passed < 0.1 else "end" if passed > 0.9 else "middle")
