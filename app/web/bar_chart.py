"""Bars and days as geometry; templates draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.services.bars import Bar
from app.services.shop_charts import Movement

DAY_WIDTH, HALF = 8, 70


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """`share` of the longest bar in percent, `part` of all listings in percent."""

    label: str
    count: int
    share: float
    part: float


@dataclass(frozen=True, slots=True)
class DrawnDay:
    """A day's bars: what came stands on the line; below it hangs what was sold, and under that what went otherwise."""

    x: int
    up: float
    sold: float
    gone: float
    movement: Movement


@dataclass(frozen=True, slots=True)
class Days:
    """A drawing of `width` by twice `half`; only days on which something happened have bars."""

    width: int
    half: int
    drawn: list[DrawnDay]
    eventful: list[Movement]
    most: int
    added: int
    sold: int
    gone: int


def bars_of(bars: Sequence[Bar], total: int) -> list[DrawnBar]:
    """Bars relative to the longest one. A bar that stands for something is never invisible."""
    most = max((bar["count"] for bar in bars), default=0) or 1
    return [
        DrawnBar(
            bar["label"], bar["count"], max(round(100 * bar["count"] / most, 2), 0.6), _percent(bar["count"], total)
        )
        for bar in bars
    ]


def days_of(movements: Sequence[Movement]) -> Days:
    """What came and went, day by day, both on one scale."""
    most = max((max(one["added"], _left(one)) for one in movements), default=0)
    scale = HALF / most if most else 0
    drawn = [
        DrawnDay(
            x=number * DAY_WIDTH,
            up=_height(one["added"], scale),
            sold=_height(one["sold"], scale),
            gone=_height(one["gone"], scale),
            movement=one,
        )
        for number, one in enumerate(movements)
    ]
    return Days(
        width=max(len(movements), 1) * DAY_WIDTH,
        half=HALF,
        drawn=drawn,
        eventful=[one for one in reversed(movements) if one["added"] or _left(one)],
        most=most,
        added=sum(one["added"] for one in movements),
        sold=sum(one["sold"] for one in movements),
        gone=sum(one["gone"] for one in movements),
    )


def _left(movement: Movement) -> int:
    return movement["sold"] + movement["gone"]


def _height(count: int, scale: float) -> float:
    return max(round(count * scale, 1), 1.5) if count else 0


def _percent(count: int, total: int) -> float:
    return round(100 * count / total, 1) if total else 0
