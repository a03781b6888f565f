"""Ask Discogs and do not give up too early: throttle → send → judge → wait and try again, within a budget.

The credential goes into the Authorization header of requests to the one origin we were given, and nowhere else.
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from app.core.outcomes import Reason
from app.discogs.failures import file_of, json_of, of_status
from app.discogs.signing import Authorization, Consumer
from app.discogs.throttle import Pace
from app.discogs.wire import DiscogsWire
from app.errors import ConfigurationError, DiscogsAPIError, DiscogsRateLimitError, DiscogsResponseError
from app.wire.answers import Answer
from app.wire.exchange import MOST_BODY_BYTES, Timeouts
from app.wire.retry import (
    LONGEST_OBEYED_S,
    RetryBudget,
    back_off,
    may_pass,
    retry_after,
    window_wait,
)
from app.wire.waiting import Waiter

if TYPE_CHECKING:
    from config import Secret

__all__ = ["Timeouts", "Transport"]

ACCEPT = "application/vnd.discogs.v2.discogs+json, application/json;q=0.9, */*;q=0.1"
MOST_REDIRECTS = 2
REDIRECTS = frozenset({301, 302, 303, 307, 308})

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Transport:
    """Requests to one origin with one credential. `requests` counts what was sent, retries included."""

    def __init__(
        self,
        *,
        api_url: str,
        token: Secret | None,
        user_agent: str,
        throttle: Pace,
        waiter: Waiter,
        timeouts: Timeouts | None = None,
        max_retries: int = 3,
        max_body: int = MOST_BODY_BYTES,
        clock: Callable[[], float] = time.monotonic,
        random: Callable[[], float] = random.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        session: requests.Session | None = None,
        consumer: Consumer | None = None,
    ) -> None:
        self._api_url = _base(api_url)
        self._headers = {"User-Agent": user_agent, "Accept": ACCEPT, "Accept-Encoding": "gzip"}
        _require_plain(user_agent, "DISCOGS_USER_AGENT")
        _require_plain(token.reveal() if token else "", "DISCOGS_TOKEN")
        self._authorization = Authorization(token, consumer) if token else None
        self._throttle = throttle
        self._waiter = waiter
        self._wire = DiscogsWire(
            timeouts=timeouts or Timeouts(), clock=clock, session=session, is_stopping=waiter.is_stopping
        )
        self._retries = max_retries
        self._max_body = max_body
        self._random = random
        self._now = now
        self.expect_pages(0)
        self.requests = 0

    def expect_pages(self, pages: int) -> None:
        """Begin a new budget of retries, for a walk of so many pages."""
        self.budget = RetryBudget.for_pages(pages, per_request=self._retries)

    @property
    def has_token(self) -> bool:
        return self._authorization is not None

    def get_json(
        self, path: str, params: Mapping[str, str] | None = None, *, most_bytes: int | None = None
    ) -> tuple[object, Answer]:
        """The JSON at `path` and the answer it came in. Raises DiscogsAPIError or Cancelled."""
        most = min(self._max_body, most_bytes or self._max_body)
        return self._persist(path, params, lambda answer, shown: (json_of(answer, shown), answer), most)

    def get_file(self, path: str, *, most_bytes: int) -> bytes:
        """The file at `path`. Raises DiscogsAPIError or Cancelled."""
        return self._persist(path, None, file_of, most_bytes)

    def post(self, path: str) -> Answer:
        """What an empty POST answers, sent exactly once. Raises DiscogsAPIError or Cancelled."""
        return self._once("POST", path, None, self._max_body)

    def _persist(
        self,
        path: str,
        params: Mapping[str, str] | None,
        read: Callable[[Answer, str], T],
        most_bytes: int,
    ) -> T:
        """GET until `read` is content with the answer or trying again makes no sense."""
        attempt = 1
        while True:
            try:
                answer = self._once("GET", path, params, most_bytes)
                return read(answer, _shown(path, params))
            except DiscogsAPIError as error:
                error.attempts = attempt
                self._recover(error, attempt)
            attempt += 1

    def _recover(self, error: DiscogsAPIError, attempt: int) -> None:
        """Wait for a better moment, or raise the error when there will be none."""
        asked = error.retry_after if isinstance(error, DiscogsRateLimitError) else None
        if attempt > self._retries or not may_pass(error) or (asked is not None and asked > LONGEST_OBEYED_S):
            raise error
        if not self.budget.spend():
            raise error
        logger.info("trying again: reason=%s attempt=%d path=%s", error.reason, attempt, error.url_path)
        if not isinstance(error, DiscogsRateLimitError):
            self._waiter.wait(back_off(attempt, self._random()), f"another try after {error.reason}")
            return
        # The limit counts per address, so everybody waits; the next request finds the pause in the throttle.
        self._throttle.pause(window_wait(attempt, self._random()) if asked is None else asked)

    def _once(self, method: str, path: str, params: Mapping[str, str] | None, most_bytes: int) -> Answer:
        url, shown = f"{self._api_url}{path}", _shown(path, params)
        for _ in range(1 + (MOST_REDIRECTS if method == "GET" else 0)):
            answer = self._send(method, url, params, most_bytes, shown)
            if answer.status not in REDIRECTS:
                return self._judged(answer, shown)
            target = self._within_our_origin(url, answer.headers.get("location", ""))
            if target is None:
                break
            url, params = target, None
        raise DiscogsResponseError(
            Reason.HTTP_REDIRECT, status=answer.status, url_path=shown, detail="redirects are not followed there"
        )

    def _send(self, method: str, url: str, params: Mapping[str, str] | None, most_bytes: int, shown: str) -> Answer:
        self._waiter.check()
        self._throttle.acquire(self._waiter.wait)
        self.requests += 1
        headers = dict(self._headers)
        if self._authorization is not None:
            headers["Authorization"] = self._authorization.header(method, url, params)
        try:
            answer = self._wire.exchange(
                method, url, headers=headers, params=params, most_bytes=most_bytes, url_path=shown
            )
        except DiscogsAPIError:
            self._waiter.check()
            raise
        self._throttle.observe(answer.headers)
        return answer

    def _judged(self, answer: Answer, shown: str) -> Answer:
        asked = retry_after(answer.headers, self._now())
        error = of_status(self._without_token(answer), shown, had_token=self.has_token, retry_after=asked)
        if error is not None:
            raise error
        return answer

    def _without_token(self, answer: Answer) -> Answer:
        """The answer as it may be quoted, even if the server repeats what we sent."""
        if self._authorization is None or answer.status < 300:
            return answer
        body = answer.body
        for secret in self._authorization.secrets():
            body = body.replace(secret.encode(), b"[hidden]")
        return replace(answer, body=body)

    def _within_our_origin(self, url: str, location: str) -> str | None:
        """Where a redirect leads, if that is on the server that may have our credential."""
        try:
            target = urljoin(url, location)
            return target if location and _origin(target) == _origin(self._api_url) else None
        except ValueError:
            return None


def _base(api_url: str) -> str:
    rule = "DISCOGS_API_URL must be an address like https://host, without credentials"
    try:
        parts = urlsplit(api_url)
        scheme, host, _ = _origin(api_url)
    except ValueError:
        raise ConfigurationError([rule]) from None
    if scheme not in {"https", "http"} or not host or "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigurationError([rule])
    return api_url.rstrip("/")


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme, 0)
    if "@" in parts.netloc:
        raise ValueError("an address with credentials")
    return parts.scheme, parts.hostname or "", parts.port or default


def _shown(path: str, params: Mapping[str, str] | None) -> str:
    """How an address appears in logs and errors."""
    page = (params or {}).get("page")
    return f"{path}?page={page}" if page else path


def _require_plain(text: str, name: str) -> None:
    """Refuse what HTTP cannot carry here, because requests would quote it in its complaint."""
    if not re.fullmatch(r"([!-~]([ -~]*[!-~])?)?", text):
        raise ConfigurationError([f"{name} must consist of printable ASCII characters"])
