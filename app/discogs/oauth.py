"""The OAuth dance: a request token, and for an allowed one the access token. Discogs answers in form encoding."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from app.core.outcomes import Reason
from app.discogs.failures import of_status
from app.discogs.signing import Consumer, TokenPair, signed
from app.discogs.wire import DiscogsWire
from app.errors import DiscogsResponseError

if TYPE_CHECKING:
    from app.discogs.throttle import Throttle
    from app.wire.exchange import Timeouts
    from app.wire.waiting import Waiter

MOST_BYTES = 8 * 2**10
REQUEST_TOKEN, ACCESS_TOKEN = "/oauth/request_token", "/oauth/access_token"
_WORD = re.compile(r"[!-~]{1,512}")


class OAuthDance:
    """Speaks for the application itself. Nothing is tried twice: a person is there who can begin anew.

    Both calls raise DiscogsAPIError without a usable answer, and Cancelled when `waiter` has waited enough.
    """

    def __init__(
        self,
        *,
        api_url: str,
        consumer: Consumer,
        user_agent: str,
        throttle: Throttle,
        waiter: Waiter,
        timeouts: Timeouts,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._consumer = consumer
        self._user_agent = user_agent
        self._throttle = throttle
        self._waiter = waiter
        self._wire = DiscogsWire(timeouts=timeouts, is_stopping=waiter.is_stopping)

    def request_token(self, callback: str) -> TokenPair:
        """A token that a user may allow within a quarter of an hour; `callback` is where they are sent back to."""
        told = self._ask("GET", REQUEST_TOKEN, callback=callback)
        if told.get("oauth_callback_confirmed") != "true":
            raise _unusable(REQUEST_TOKEN, "the callback is not confirmed")
        return _pair(told, REQUEST_TOKEN)

    def access_token(self, pair: TokenPair, verifier: str) -> TokenPair:
        """What the user's requests are signed with from now on."""
        return _pair(self._ask("POST", ACCESS_TOKEN, pair, verifier=verifier), ACCESS_TOKEN)

    def _ask(
        self,
        method: str,
        path: str,
        pair: TokenPair | None = None,
        *,
        callback: str | None = None,
        verifier: str | None = None,
    ) -> dict[str, str]:
        url = f"{self._api_url}{path}"
        headers = {
            "User-Agent": self._user_agent,
            "Accept-Encoding": "gzip",
            "Authorization": signed(self._consumer, method, url, pair, callback=callback, verifier=verifier),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._waiter.check()
        self._throttle.acquire(self._waiter.wait)
        answer = self._wire.exchange(method, url, headers=headers, most_bytes=MOST_BYTES, url_path=path)
        self._throttle.observe(answer.headers)
        # Judged without its body, which may repeat what we sent.
        error = of_status(replace(answer, body=b""), path, had_token=True, retry_after=None)
        if error is not None:
            raise error
        if answer.status != 200:
            raise _unusable(path, "an unexpected status", answer.status)
        return _form(answer.body, path)


def authorize_address(web_url: str, pair: TokenPair) -> str:
    """The page of the website where a user decides."""
    return f"{web_url.rstrip('/')}/oauth/authorize?oauth_token={quote(pair.token, safe='')}"


def _form(body: bytes, path: str) -> dict[str, str]:
    try:
        told = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=20)
    except ValueError:
        raise _unusable(path, "not form-encoded") from None
    return {name: values[0] for name, values in told.items()}


def _pair(told: dict[str, str], path: str) -> TokenPair:
    pair = TokenPair(told.get("oauth_token", ""), told.get("oauth_token_secret", ""))
    if not (_WORD.fullmatch(pair.token) and _WORD.fullmatch(pair.secret)):
        raise _unusable(path, "no token in the answer")
    return pair


def _unusable(path: str, detail: str, status: int | None = None) -> DiscogsResponseError:
    return DiscogsResponseError(Reason.SCHEMA_ENVELOPE, status=status, url_path=path, detail=detail)
