"""Ask one server for JSON: at its pace, within limits, and without insisting.

What a provider already worked for is never asked for twice: only what cannot have reached it, or what it turned
away, is tried again. Bodies of errors are not quoted, because they may repeat what we sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.outcomes import Reason
from app.enrichment.provider import Circumstances
from app.errors import OutsideError, ProviderAnswerUnfit, ProviderError, ProviderKeyRefused, ProviderThrottled
from app.wire.answers import Answer
from app.wire.exchange import Timeouts, Wire
from app.wire.failures import json_of
from app.wire.retry import back_off, retry_after

# Whoever asks for a longer pause is left alone by the breaker; a batch has others to ask meanwhile.
LONGEST_OBEYED_S = 30.0
WORTH_ANOTHER_TRY = frozenset({Reason.NET_DNS, Reason.NET_CONNECT, Reason.HTTP_429, Reason.HTTP_5XX})
# Bodies that the provider made, and not somebody who stands before it: a web page is that of an outage.
UNFIT = frozenset(
    {
        Reason.BODY_TRUNCATED,
        Reason.BODY_TOO_LARGE,
        Reason.BODY_BAD_ENCODING,
        Reason.BODY_NOT_JSON,
        Reason.SCHEMA_ENVELOPE,
    }
)
# What it says of one question. Others (402, 404) say that no question is answered here.
REFUSED_QUESTIONS = frozenset({400, 413, 414, 422})


@dataclass(frozen=True, slots=True)
class Manners:
    """How a provider is treated: seconds to wait for it and between requests, tries besides the first, bytes taken."""

    timeouts: Timeouts
    pause_s: float
    most_retries: int = 2
    most_bytes: int = 512 * 2**10


class JsonClient:
    """Requests to what lies below one address. Redirects are answers like any other; nobody follows them."""

    def __init__(self, base_url: str, manners: Manners, circumstances: Circumstances) -> None:
        self._base_url = base_url.rstrip("/")
        self._manners = manners
        self._at = circumstances
        self._wire = Wire(
            timeouts=manners.timeouts, clock=circumstances.clock, is_stopping=circumstances.waiter.is_stopping
        )
        self._retries = manners.most_retries if circumstances.is_patient else 0
        self._next_at = float("-inf")
        self.requests = 0

    def json(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> object:
        """The JSON of a good answer. Raises ProviderError, Cancelled."""
        return self._persist(method, path, params, headers, body)

    def status(self, path: str) -> int:
        """How a GET is answered, where that says it all. Raises ProviderError, Cancelled."""
        answer = self._once("GET", path, None, None, None)
        if answer.status == 429 or answer.status >= 500:
            raise self._judged(answer, path)
        return answer.status

    def _persist(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: bytes | None,
    ) -> object:
        failures = 0
        while True:
            try:
                answer = self._once(method, path, params, headers, body)
                if answer.status >= 300:
                    raise self._judged(answer, path)
                told = self._read(answer, path)
            except ProviderError as error:
                failures += 1
                self._wait_or_give_up(error, failures)
            else:
                self._retries = self._manners.most_retries if self._at.is_patient else 0
                return told

    def _wait_or_give_up(self, error: ProviderError, failures: int) -> None:
        asked = error.retry_after if isinstance(error, ProviderThrottled) else None
        is_hopeless = error.reason not in WORTH_ANOTHER_TRY or (asked or 0) > LONGEST_OBEYED_S
        if is_hopeless or failures > self._retries:
            # Whoever is out of order now is not asked several times for the next item either.
            self._retries = 0 if error.reason in WORTH_ANOTHER_TRY else self._retries
            raise error
        self._at.waiter.wait(
            back_off(failures, self._at.random()) if asked is None else asked, f"another try after {error.reason}"
        )

    def _once(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Answer:
        self._take_turn()
        failure: ProviderError
        self.requests += 1
        try:
            return self._wire.exchange(
                method,
                f"{self._base_url}{path}",
                headers={
                    "User-Agent": self._at.user_agent,
                    "Accept": "application/json",
                    "Accept-Encoding": "gzip",
                    **(headers or {}),
                },
                params=params,
                body=body,
                most_bytes=self._manners.most_bytes,
                url_path=path,
            )
        except OutsideError as error:
            failure = _of(error)
        self._at.waiter.check()  # a connection that was cut because we stop says nothing about the provider
        # Raised outside of the handler, so that no traceback leads to the request and its key.
        raise failure

    def _take_turn(self) -> None:
        waiter, now = self._at.waiter, self._at.clock()
        waiter.check()
        slot = max(now, self._next_at)
        self._next_at = slot + self._manners.pause_s
        waiter.wait(slot - now, "the pace of a provider")

    def _read(self, answer: Answer, path: str) -> object:
        try:
            return json_of(answer, path)
        except OutsideError as error:
            failure = _of(error)
        raise failure

    def _judged(self, answer: Answer, path: str) -> ProviderError:
        """The failure that a status stands for."""
        status = answer.status
        if status in (401, 403):
            reason = Reason.AUTH_REVOKED if status == 401 else Reason.AUTH_FORBIDDEN
            return ProviderKeyRefused(reason, status=status, url_path=path)
        if status == 429:
            return ProviderThrottled(retry_after=retry_after(answer.headers, self._at.now()), url_path=path)
        if status >= 500:
            return ProviderError(Reason.HTTP_5XX, status=status, url_path=path)
        if status in REFUSED_QUESTIONS:
            return ProviderAnswerUnfit(Reason.HTTP_4XX, status=status, url_path=path)
        reason = Reason.HTTP_4XX if status >= 400 else Reason.HTTP_REDIRECT
        return ProviderError(reason, status=status, url_path=path)


def _of(error: OutsideError) -> ProviderError:
    kind = ProviderAnswerUnfit if error.reason in UNFIT else ProviderError
    return kind(error.reason, status=error.status, url_path=error.url_path, detail=error.detail)
