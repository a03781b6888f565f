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
    """A day's two bars: what came stands on the line, what went hangs below it."""

    x: int
    up: float
    down: float
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
    removed: int


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
    most = max((max(one["added"], one["removed"]) for one in movements), default=0)
    scale = HALF / most if most else 0
    drawn = [
        DrawnDay(number * DAY_WIDTH, _height(one["added"], scale), _height(one["removed"], scale), one)
        for number, one in enumerate(movements)
    ]
    return Days(
        width=max(len(movements), 1) * DAY_WIDTH,
        half=HALF,
        drawn=drawn,
        eventful=[one for one in reversed(movements) if one["added"] or one["removed"]],
        most=most,
        added=sum(one["added"] for one in movements),
        removed=sum(one["removed"] for one in movements),
    )


def _height(count: int, scale: float) -> float:
    return max(round(count * scale, 1), 1.5) if count else 0


def _percent(count: int, total: int) -> float:
    return round(100 * count / total, 1) if total else 0
