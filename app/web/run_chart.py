"""What the latest runs did, as bars; templates draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HALF, TALL = 8, 70, 100
LEAST = 1.5  # a bar that stands for something is never invisible


@dataclass(frozen=True, slots=True)
class DrawnRun:
    """What came stands on the line, what went hangs below it; `tall` are its requests, in a drawing of their own."""

    x: int
    up: float
    down: float
    tall: float
    run: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunChart:
    """Two drawings of `width`: one of twice `half`, one of `height`. Each has its own scale."""

    width: int
    half: int
    height: int
    drawn: list[DrawnRun]
    came: int
    went: int
    requests: int


def run_chart(runs: Sequence[Mapping[str, Any]]) -> RunChart:
    """The runs from left to right, in their order."""
    came = [run["added"] + run["restored"] for run in runs]
    went = [run["removed"] for run in runs]
    requests = [run["requests"] for run in runs]
    most, tallest = max([*came, *went], default=0), max(requests, default=0)
    drawn = [
        DrawnRun(
            number * WIDTH,
            _height(came[number], most, HALF),
            _height(went[number], most, HALF),
            _height(requests[number], tallest, TALL),
            run,
        )
        for number, run in enumerate(runs)
    ]
    return RunChart(max(len(runs), 1) * WIDTH, HALF, TALL, drawn, sum(came), sum(went), sum(requests))


def _height(count: int, most: int, room: int) -> float:
    return max(round(count * room / most, 1), LEAST) if count else 0
