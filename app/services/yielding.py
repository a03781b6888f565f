"""A stop signal for work that can wait: it also stops when a sync, or a job, wants to speak to Discogs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, Engine, exists, or_, select

from app.core.job_states import JobState
from app.models import JobRow, Run
from app.models.transactions import read_transaction
from app.services.discogs_connection import StopSignal

SLICE_S = 1.0


class YieldingStop:
    """Stops with `stop`, when a run is in one of the `states`, or a job of one of the `kinds` is at work; looks between
    requests and each second of a wait."""

    def __init__(self, engine: Engine, stop: StopSignal, states: Sequence[str], kinds: Sequence[str] = ()) -> None:
        self._engine = engine
        self._stop = stop
        self._states = tuple(states)
        self._kinds = tuple(kinds)

    def is_set(self) -> bool:
        return self._stop.is_set() or self.is_yielding()

    def is_yielding(self) -> bool:
        """Whether somebody else goes first."""
        is_busy: ColumnElement[bool] = exists().where(Run.state.in_(self._states))
        if self._kinds:
            is_at_work = exists().where(JobRow.state == JobState.RUNNING, JobRow.kind.in_(self._kinds))
            is_busy = or_(is_busy, is_at_work)
        with read_transaction(self._engine) as connection:
            return bool(connection.scalar(select(is_busy)))

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
