"""Log in with Discogs: a browser takes a request token there, and what comes back with it becomes an account.

A request token belongs to the browser that began, serves once, and lives for ten minutes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, insert, select

from app.core.outcomes import Reason
from app.discogs.oauth import OAuthDance, authorize_address
from app.discogs.signing import Consumer, TokenPair
from app.errors import ConfigurationError, LoginRefused
from app.extensions import db, wiring
from app.models import LoginAttempt, Source
from app.models.streams import INVENTORY
from app.models.transactions import read_transaction, write_transaction
from app.ops.logging import redact
from app.services import accounts
from app.services.credentials import Credentials
from app.services.discogs_connection import consumer_of
from app.services.refusals import Refusals
from app.services.sources import Sources
from app.services.web_sessions import WebSessions, digest
from app.wire.exchange import Timeouts
from app.wire.waiting import Waiter
from config import Secret

if TYPE_CHECKING:
    from app.extensions import Wiring

ATTEMPT_LIVES = timedelta(minutes=10)
MOST_ATTEMPTS = 500
PATIENCE_S = 20.0  # a person waits at the other end
NOT_CONFIGURED = (
    "Logging in with Discogs needs DISCOGS_CONSUMER_KEY and DISCOGS_CONSUMER_SECRET, which Discogs gives out under "
    "Settings, Developers. A personal token in DISCOGS_TOKEN does without."
)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What a completed login gives the browser: its session, and where to go."""

    session: str
    next_path: str


class LoginService:
    """Raises ConfigurationError where no OAuth application is configured."""

    def __init__(self) -> None:
        self._wired: Wiring = wiring()
        consumer = consumer_of(self._wired.settings)
        if consumer is None:
            raise ConfigurationError([NOT_CONFIGURED])
        self._consumer: Consumer = consumer

    def begin(self, browser: str, callback: str, next_path: str) -> str:
        """The address at Discogs where the user of this browser decides.

        Raises LoginRefused (rushed, crowded), DiscogsAPIError, Cancelled.
        """
        if not self._wired.login_share.take():
            raise LoginRefused("rushed")
        self._refusals().check(is_forced=False)
        self._make_room()
        pair = self._dance().request_token(callback)
        _hide(pair)
        values = {
            "token_digest": digest(pair.token),
            "browser_digest": digest(browser),
            "sealed_secret": self._wired.sealer.seal(pair.packed()),
            "next_path": next_path,
            "expires_at": self._wired.clock() + ATTEMPT_LIVES,
        }
        with write_transaction(db.engine) as connection:
            connection.execute(insert(LoginAttempt).values(values))
        return authorize_address(self._wired.settings.discogs_web_url, pair)

    def finish(self, browser: str, token: str, verifier: str, *, session: str | None = None) -> LoggedIn:
        """Exchange the token, keep the credential, open a session in place of the one the browser had.

        Raises LoginRefused (stale), DiscogsAPIError, Cancelled.
        """
        pair, next_path = self._taken(browser, token)
        given = self._dance().access_token(pair, verifier)
        _hide(given)
        credential = given.packed()
        stop = Patience(PATIENCE_S)
        identity = self._wired.connect(self._wired, Secret(credential), stop=stop).identity()
        account_id = accounts.enter(identity, credential, is_shown=self._may_show(identity.username))
        return LoggedIn(WebSessions.here().open(account_id, instead_of=session), next_path)

    def refuse(self, browser: str, token: str) -> None:
        """The user did not agree: the token is worth nothing any more. Raises LoginRefused (denied or stale)."""
        self._taken(browser, token)
        raise LoginRefused("denied")

    def _taken(self, browser: str, token: str) -> tuple[TokenPair, str]:
        """The attempt, which is gone by that. One that another browser began is left to that browser."""
        statement = delete(LoginAttempt).where(
            LoginAttempt.token_digest == digest(token),
            LoginAttempt.browser_digest == digest(browser),
            LoginAttempt.expires_at > self._wired.clock(),
        )
        with write_transaction(db.engine) as connection:
            found = connection.execute(
                statement.returning(LoginAttempt.sealed_secret, LoginAttempt.next_path)
            ).one_or_none()
        if found is None:
            raise LoginRefused("stale")
        key, _, secret = self._wired.sealer.open(found.sealed_secret, username="this login").partition(" ")
        return TokenPair(key, secret), str(found.next_path)

    def _make_room(self) -> None:
        with write_transaction(db.engine) as connection:
            connection.execute(delete(LoginAttempt).where(LoginAttempt.expires_at <= self._wired.clock()))
            waiting = connection.scalar(select(func.count()).select_from(LoginAttempt)) or 0
        if waiting >= MOST_ATTEMPTS:
            raise LoginRefused("crowded")

    def _may_show(self, username: str) -> bool:
        """The configured seller's shop is shown, or the first one where nobody is configured. Guests' are not."""
        if (named := self._wired.settings.discogs_seller_username) is not None:
            return named.casefold() == username.casefold()
        with read_transaction(db.engine) as connection:
            return not connection.scalar(select(exists().where(Source.kind == INVENTORY.kind)))

    def _refusals(self) -> Refusals:
        wired = self._wired
        return Refusals(Sources(db.engine, wired.clock), Credentials(wired.settings, wired.sealer), wired.clock)

    def _dance(self) -> OAuthDance:
        settings = self._wired.settings
        return OAuthDance(
            api_url=settings.discogs_api_url,
            consumer=self._consumer,
            user_agent=settings.discogs_user_agent,
            throttle=self._wired.throttle,
            waiter=Waiter(stop=Patience(PATIENCE_S)),
            timeouts=Timeouts(read=min(settings.discogs_timeout, PATIENCE_S), total=PATIENCE_S),
        )


class Patience:
    """A stop signal for work that somebody waits for: over after so many seconds."""

    reason = Reason.NET_DEADLINE

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._never = Event()

    def is_set(self) -> bool:
        return time.monotonic() >= self._until

    def wait(self, seconds: float) -> bool:
        """Wait; not at all when it would take too long, which ends the patience."""
        if time.monotonic() + seconds >= self._until:
            self._until = time.monotonic()
            return True
        return self._never.wait(seconds)


def _hide(pair: TokenPair) -> None:
    redact(pair.token)
    redact(pair.secret)
