"""A stop signal for work that can wait: it also stops when a sync wants to speak to Discogs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Engine, select

from app.models import Run
from app.models.transactions import read_transaction
from app.services.discogs_connection import StopSignal

SLICE_S = 1.0


class YieldingStop:
    """Stops with `stop`, or when a run is in one of the `states`; looks between requests and each second of a wait."""

    def __init__(self, engine: Engine, stop: StopSignal, states: Sequence[str]) -> None:
        self._engine = engine
        self._stop = stop
        self._states = tuple(states)

    def is_set(self) -> bool:
        return self._stop.is_set() or self.is_yielding()

    def is_yielding(self) -> bool:
        """Whether a sync goes first."""
        with read_transaction(self._engine) as connection:
            return connection.scalar(select(Run.id).where(Run.state.in_(self._states)).limit(1)) is not None

    def wait(self, seconds: float) -> bool:
        """Wait, unless told to stop meanwhile; True when stopping."""
        return wait_in_slices(seconds, self._stop.wait, self.is_yielding)


def wait_in_slices(seconds: float, wait: Callable[[float], bool], is_over: Callable[[], bool]) -> bool:
    """Wait at most `seconds`, looking at `is_over` once a second; True when stopped."""
    left = seconds
    while left > 0:
        if wait(min(left, SLICE_S)) or is_over():
            return True
        left -= SLICE_S
    return False
