"""Discogs' request budget: a moving window per source address, told in headers that lag by one."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .messages import HttpError, Response
from .vocabulary import TOO_QUICK


@dataclass(frozen=True, slots=True)
class Admission:
    """`used` counts what came before this request."""

    allowed: bool
    limit: int
    used: int

    def headers(self) -> tuple[tuple[str, str], ...]:
        return (
            ("x-discogs-ratelimit", str(self.limit)),
            ("x-discogs-ratelimit-remaining", str(max(0, self.limit - self.used))),
            ("x-discogs-ratelimit-used", str(self.used)),
        )


class Limits:
    """Counts answered requests of the last `window_s` seconds; one count per address over all credentials."""

    def __init__(
        self,
        authenticated: int = 60,
        anonymous: int = 25,
        window_s: float = 60.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        json_body: bool = False,
        retry_after: str | int | None = None,
    ) -> None:
        self.authenticated = authenticated
        self.anonymous = anonymous
        self.window_s = window_s
        self._clock = clock
        self._json_body = json_body
        self._retry_after = retry_after
        self._answered: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def admit(self, source: str, *, with_credential: bool) -> Admission:
        """Take one request out of the budget of `source`, if it still has one."""
        limit = self.authenticated if with_credential else self.anonymous
        now = self._clock()
        with self._lock:
            times = self._answered.setdefault(source, deque())
            while times and times[0] <= now - self.window_s:
                times.popleft()
            used = len(times)
            # Refused requests do not count, else an impatient client would never be let in again.
            allowed = used < limit
            if allowed:
                times.append(now)
        return Admission(allowed, limit, used)

    def refusal(self) -> Response:
        """429: a lone newline and no Retry-After, unless told otherwise."""
        answer = HttpError(429, TOO_QUICK).response() if self._json_body else Response(429, b"\n", content_type="")
        if self._retry_after is None:
            return answer
        return answer.with_headers(("Retry-After", str(self._retry_after)))


class NoLimits(Limits):
    """Announces Discogs' limits, never runs out of them."""

    def admit(self, source: str, *, with_credential: bool) -> Admission:
        return Admission(True, self.authenticated if with_credential else self.anonymous, 0)
