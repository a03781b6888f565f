"""Whether to try again, how long to wait before, and how often a whole run may."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.core.outcomes import Reason
from app.errors import OutsideError

LONGEST_BACK_OFF_S = 60.0
LONGEST_OBEYED_S = 120.0
# One answer must not keep a mirror from its shop for ever.
LONGEST_BELIEVED_S = 86_400.0
RATE_WINDOW_S = 60.0
LONGEST_WINDOW_WAIT_S = 240.0

_PASSING = frozenset(
    {
        Reason.NET_DNS,
        Reason.NET_CONNECT,
        Reason.NET_RESET,
        Reason.NET_TIMEOUT,
        Reason.NET_DEADLINE,
        Reason.HTTP_429,
        Reason.HTTP_5XX,
        Reason.BODY_HTML,
        Reason.BODY_TRUNCATED,
        Reason.BODY_BAD_ENCODING,
        Reason.BODY_NOT_JSON,
    }
)


class RetryBudget:
    """How many retries all requests of a run may make together."""

    def __init__(self, retries: int) -> None:
        self.left = retries

    @classmethod
    def for_pages(cls, pages: int, per_request: int = 0) -> RetryBudget:
        """Ten, or a fifth of the pages when that is more; never less than one request may use up alone.

        >>> RetryBudget.for_pages(1000).left
        200
        >>> RetryBudget.for_pages(1000, per_request=500).left
        500
        """
        return cls(max(10, pages // 5, per_request))

    def spend(self) -> bool:
        """Take one retry; False when none is left."""
        if self.left <= 0:
            return False
        self.left -= 1
        return True


def may_pass(error: OutsideError) -> bool:
    """Whether the same question may get a better answer in a moment."""
    return error.reason in _PASSING or error.status == 408


def back_off(failures: int, random: float) -> float:
    """Seconds before the next try after so many failures: a random share (0 to 1) of 1, 2, 4 … 60 s.

    >>> back_off(3, 0.5)
    2.0
    """
    return min(LONGEST_BACK_OFF_S, _doubled(1.0, failures)) * random


def window_wait(failures: int, random: float) -> float:
    """Seconds before the next try when a server throttles without saying for how long: its window, then two …

    >>> window_wait(2, 0.0)
    120.0
    """
    return min(LONGEST_WINDOW_WAIT_S, _doubled(RATE_WINDOW_S, failures)) + 5.0 * random


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for, at most a day; None without it. A nonsensical one stands for the window.

    A date is taken relative to the answer's own Date, so that a wrong clock here does no harm.
    """
    text = headers.get("retry-after")
    if text is None:
        return None
    text = text.strip()
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?", text):
        return min(LONGEST_BELIEVED_S, float(text))
    moment = _http_date(text)
    if moment is None:
        return RATE_WINDOW_S
    sent_at = _http_date(headers.get("date", "")) or now
    return min(LONGEST_BELIEVED_S, max(0.0, (moment - sent_at).total_seconds()))


def _doubled(first: float, failures: int) -> float:
    return first * 2.0 ** min(failures - 1, 20)  # a float ends where patience may not


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
