"""How this installation speaks to Discogs: one client per run, one throttle for all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from hashlib import blake2b
from random import random
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from app.core.parsing import DISCOGS_IMAGES

if TYPE_CHECKING:
    from app.core.copy_records import CollectionField, Folder
    from app.discogs.answers import Identity, ItemPage, UserProfile
    from app.discogs.signing import Consumer
    from app.discogs.throttle import Pace
    from app.extensions import Wiring
    from config import Secret, Settings

AUTHENTICATED_RATE, ANONYMOUS_RATE = 55, 24
FEWEST_LOGINS, LOGIN_PART = 5, 11  # a minute; of how many requests one may be for a login


class StopSignal(Protocol):
    """Something that can tell a run to stop."""

    def is_set(self) -> bool:
        """Whether to stop now."""

    def wait(self, seconds: float) -> bool:
        """Wait, unless told to stop meanwhile; True when stopping."""


class NeverStops:
    """The stop signal of a run nobody can stop: a command in the foreground."""

    def __init__(self) -> None:
        self._never = threading.Event()

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return self._never.wait(seconds)


class Discogs(Protocol):
    """What a run asks of Discogs. `app.discogs.client.DiscogsClient` is the real one."""

    @property
    def has_token(self) -> bool:
        """Whether a credential is sent."""

    @property
    def requests(self) -> int:
        """HTTP requests sent so far, retries included."""

    def expect_pages(self, pages: int) -> None:
        """How long the walk will be: sets the budget of retries."""

    def identity(self) -> Identity:
        """Whose credential it is."""

    def user(self, username: str) -> UserProfile:
        """A user's public profile."""

    def inventory_page(self, username: str, page: int, *, status: str | None = None) -> ItemPage:
        """One page of 100, sorted by `listed` ascending."""

    def listing(self, listing_id: int) -> Mapping[str, Any]:
        """One listing as it stands now."""

    def release(self, release_id: int) -> Mapping[str, Any]:
        """One entry of the catalogue."""

    def search_releases(self, question: str, *, per_page: int) -> ItemPage:
        """The first page of the releases that the catalogue's own search finds."""

    def collection_value(self, username: str) -> Mapping[str, Any]:
        """What one's own collection is worth, as texts."""

    def collection_folders(self, username: str) -> tuple[Folder, ...]:
        """The folders of a collection; a stranger is told of folder 0 only. Raises DiscogsPrivate."""

    def collection_fields(self, username: str) -> tuple[CollectionField, ...]:
        """The custom fields of one's own collection. Raises DiscogsPrivate for anybody else's."""

    def collection_page(self, username: str, page: int) -> ItemPage:
        """One page of 100 copies, sorted by `added` ascending. Raises DiscogsPrivate."""

    def copies_of_release(self, username: str, release_id: int) -> list[object]:
        """The rows of all copies of one release. Raises DiscogsPrivate."""

    def wants_page(self, username: str, page: int, *, per_page: int = 100) -> ItemPage:
        """One page of a wantlist. Raises DiscogsPrivate."""


def own_rate(settings: Settings) -> int:
    """Requests per minute we allow ourselves; Discogs allows 60 with a credential and 25 without, per address."""
    if settings.discogs_rate_limit is not None:
        return settings.discogs_rate_limit
    return AUTHENTICATED_RATE if settings.discogs_token else ANONYMOUS_RATE


def rate_of_strangers(settings: Settings) -> int:
    """How many requests of a minute leave room for one without a credential; more where the owner allows us more."""
    own = own_rate(settings)
    return min(own, max(ANONYMOUS_RATE, own * ANONYMOUS_RATE // AUTHENTICATED_RATE))


def login_rate(settings: Settings) -> int:
    """How many logins may begin in a minute: each costs a request of the budget that the sync lives on."""
    return max(FEWEST_LOGINS, own_rate(settings) // LOGIN_PART)


def connect(
    wired: Wiring,
    token: Secret | None,
    *,
    stop: StopSignal,
    user_agent: str | None = None,
    on_wait: Callable[[float, str], None] | None = None,
    pace: Pace | None = None,
) -> Discogs:
    """A client for one run. `pace` defaults to the one that all share."""
    from app.discogs.client import DiscogsClient
    from app.discogs.transport import Timeouts

    settings = wired.settings
    return DiscogsClient(
        api_url=settings.discogs_api_url,
        token=token,
        user_agent=user_agent or settings.discogs_user_agent,
        throttle=pace or wired.throttle,
        timeouts=Timeouts(read=settings.discogs_timeout),
        max_retries=settings.discogs_max_retries,
        clock=time.monotonic,
        random=random,
        stop=stop,
        on_wait=on_wait,
        consumer=consumer_of(settings),
    )


def connect_stranger(
    wired: Wiring, *, stop: StopSignal, user_agent: str | None, on_wait: Callable[[float, str], None] | None
) -> Discogs:
    """A client without a credential, to see what anybody sees."""
    from app.discogs.throttle import StrangersPace

    pace = StrangersPace(wired.throttle, rate_of_strangers(wired.settings))
    return wired.connect(wired, None, stop=stop, user_agent=user_agent, on_wait=on_wait, pace=pace)


def consumer_of(settings: Settings) -> Consumer | None:
    """The OAuth application of the settings; None unless both halves are there."""
    from app.discogs.signing import Consumer

    key, secret = settings.discogs_consumer_key, settings.discogs_consumer_secret
    return Consumer(key, secret) if key and secret else None


def image_origins(settings: Settings) -> tuple[str, ...]:
    """Where the pictures we show may come from: Discogs' own host, and the one that was named in its place."""
    named = urlsplit(settings.discogs_api_url)
    own = (f"{named.scheme}://{named.netloc}/",) if named.hostname != "api.discogs.com" else ()
    return DISCOGS_IMAGES + own


def credential_digest(token: Secret | None) -> str:
    """Tells one credential from another without keeping either."""
    return blake2b((token.reveal() if token else "").encode(), digest_size=8).hexdigest()
