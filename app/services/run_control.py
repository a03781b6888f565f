"""A run at work: its progress, its stop signal, its counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from app.core.outcomes import Reason
from app.errors import Cancelled
from app.services.discogs_connection import StopSignal
from app.services.run_ledger import RunLedger

EVERY = timedelta(seconds=1)
SLICE_S = 1.0
SHORTEST_DEADLINE_S = 45 * 60.0
# Three times what the pace that we keep asks for: for retries, and for others behind our address.
PATIENCE = 3


def deadline_s(pages: int, per_minute: int) -> float:
    """How long a run over so many pages may take: 45 minutes, and for a large shop as long as it needs.

    >>> deadline_s(6, 55) / 60
    45.0
    >>> deadline_s(2000, 50) / 60
    120.0
    """
    return max(SHORTEST_DEADLINE_S, PATIENCE * 60.0 * pages / per_minute)


class CountsRequests(Protocol):
    """A client that knows how many requests it sent."""

    @property
    def requests(self) -> int:
        """HTTP requests sent so far, retries included."""


class RunControl:
    """Stops when the process or a person says so, or the run took too long; writes progress at most once a second.

    It is the `StopSignal` of the run's Discogs client, so that a stop is seen between any two requests and within any
    wait. `monotonic` (seconds) and `per_minute` (requests) decide when the run took too long.
    """

    def __init__(
        self,
        ledger: RunLedger,
        run_id: int,
        stop: StopSignal,
        clock: Callable[[], datetime],
        *,
        monotonic: Callable[[], float],
        per_minute: int,
    ) -> None:
        self.run_id = run_id
        self._ledger = ledger
        self._stop = stop
        self._clock = clock
        self._monotonic = monotonic
        self._per_minute = per_minute
        self._began = monotonic()
        self._may_take_s = SHORTEST_DEADLINE_S
        self._told_at: datetime | None = None
        self._state: dict[str, Any] = {}
        self._clients: list[CountsRequests] = []

    def is_set(self) -> bool:
        return self._stop.is_set() or self.is_overdue or self._ledger.is_cancelled(self.run_id)

    @property
    def is_overdue(self) -> bool:
        """Whether the run took longer than it may."""
        return self._monotonic() - self._began > self._may_take_s

    @property
    def reason(self) -> Reason:
        """What is behind a stop: the service that shuts down, a person, or else the time."""
        if self._stop.is_set():
            return Reason.CANCELLED_SHUTDOWN
        if self.is_overdue and not self._ledger.is_cancelled(self.run_id):
            return Reason.NET_DEADLINE
        return Reason.CANCELLED_USER

    def expect_pages(self, pages: int) -> None:
        """Give a large shop the time it needs."""
        self._may_take_s = max(self._may_take_s, deadline_s(pages, self._per_minute))

    def wait(self, seconds: float) -> bool:
        while seconds > 0:
            piece = min(seconds, SLICE_S)
            if self._stop.wait(piece) or self.is_set():
                return True
            seconds -= piece
        return self.is_set()

    def check(self) -> None:
        """Raise Cancelled when the run is to stop."""
        if self.is_set():
            raise Cancelled(self.reason)

    def counts_requests_of(self, client: CountsRequests) -> None:
        """Add the requests of this client to those of the run."""
        self._clients.append(client)

    def let_go(self) -> None:
        """Forget the clients, which know this control: nobody else keeps them, and their connections end with them."""
        self._clients.clear()

    def counted(self) -> dict[str, Any]:
        """What the run row shall keep of how far it came."""
        return {**self._state, "requests": sum(client.requests for client in self._clients)}

    def page_done(self, number: int, *, of: int, items: int, announced: int, latest: str | None) -> None:
        """Pages and items read so far, and the item read last. Raises Cancelled when the run is to stop."""
        self.expect_pages(of)
        self.check()
        self._state |= {"pages_done": number, "pages_total": of, "items_done": items, "items_total": announced}
        self._state["latest_item"] = latest
        self._tell()

    def probed(self, number: int) -> None:
        """Absences asked about so far. Raises Cancelled when the run is to stop."""
        self.check()
        self._state["probes"] = number
        self._tell()

    def update(self, **values: Any) -> None:
        """Facts of the run, told with the next progress."""
        self._state |= values

    def waiting(self, seconds: float, why: str) -> None:
        """A wait that is long enough for people to wonder about."""
        if seconds >= SLICE_S:
            self._tell(force=True, waiting_for=f"{seconds:.0f} s: {why}")

    def _tell(self, *, force: bool = False, **values: Any) -> None:
        now = self._clock()
        if not force and self._told_at is not None and timedelta(0) <= now - self._told_at < EVERY:
            return
        self._told_at = now
        self._ledger.progress(self.run_id, **{"waiting_for": None, **self.counted(), **values})
