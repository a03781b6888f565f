"""What can be asked of Discogs. Answers are checked at the border; whoever gets one may rely on its shape."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote

import requests

from app.core.copy_records import CollectionField, Folder
from app.core.outcomes import Reason
from app.core.quoting import is_name
from app.discogs.answers import Identity, ItemPage, UserProfile
from app.discogs.envelope import pagination_of
from app.discogs.export_job import ExportJob
from app.discogs.shelf_answers import fields_of, folders_of
from app.discogs.signing import Consumer
from app.discogs.throttle import Pace
from app.discogs.transport import Timeouts, Transport
from app.errors import DiscogsAuthenticationError, DiscogsPrivate, DiscogsResponseError
from app.wire.exchange import MOST_BODY_BYTES
from app.wire.waiting import StopSignal, Waiter

if TYPE_CHECKING:
    from config import Secret

PER_PAGE = 100
MOST_RELEASE_BYTES = 4 * 2**20  # most have 16 kB; a box of a hundred records with all its credits has one megabyte


class DiscogsClient:
    """Discogs as one credential, or a stranger, sees it. One client per run; the throttle is shared by all.

    Every method raises DiscogsAPIError when there is no usable answer, and Cancelled when `stop` says so.
    """

    def __init__(
        self,
        *,
        api_url: str,
        token: Secret | None,
        user_agent: str,
        throttle: Pace,
        timeouts: Timeouts | None = None,
        max_retries: int = 3,
        max_body: int = MOST_BODY_BYTES,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        random: Callable[[], float] = random.random,
        stop: StopSignal | None = None,
        session: requests.Session | None = None,
        on_wait: Callable[[float, str], None] | None = None,
        consumer: Consumer | None = None,
    ) -> None:
        self._waiter = Waiter(stop=stop, sleep=sleep, on_wait=on_wait)
        self._clock = clock
        self._transport = Transport(
            api_url=api_url,
            token=token,
            user_agent=user_agent,
            throttle=throttle,
            waiter=self._waiter,
            timeouts=timeouts,
            max_retries=max_retries,
            max_body=max_body,
            clock=clock,
            random=random,
            session=session,
            consumer=consumer,
        )

    @property
    def requests(self) -> int:
        """Requests sent so far, retries and redirects included."""
        return self._transport.requests

    @property
    def has_token(self) -> bool:
        return self._transport.has_token

    def expect_pages(self, pages: int) -> None:
        """How long the work will be: sets how many retries all its requests may make together."""
        self._transport.expect_pages(pages)

    def identity(self) -> Identity:
        """Whose token this is."""
        path = "/oauth/identity"
        told = self._object(path)
        return Identity(_whole(told, "id", path), _name(told, path))

    def user(self, username: str) -> UserProfile:
        """A user's profile; the name comes back as Discogs spells it."""
        path = f"/users/{_in_path(username)}"
        told = self._object(path)
        currency, for_sale = told.get("curr_abbr"), told.get("num_for_sale")
        return UserProfile(
            id=_whole(told, "id", path),
            username=_name(told, path),
            curr_abbr=currency if isinstance(currency, str) and currency else None,
            num_for_sale=for_sale if type(for_sale) is int and for_sale >= 0 else None,
        )

    def inventory_page(
        self, username: str, page: int, *, status: str | None = None, per_page: int = PER_PAGE
    ) -> ItemPage:
        """One page in the order of listing, oldest first; additions land at the end.

        Raises DiscogsResponseError (schema.envelope) unless the answer is the page that was asked for.
        """
        params = {"sort": "listed", "sort_order": "asc"} | ({} if status is None else {"status": status})
        return self._page(f"/users/{_in_path(username)}/inventory", "listings", page, per_page, params)

    def listing(self, listing_id: int) -> Mapping[str, Any]:
        """One listing. DiscogsNotFound when deleted; DiscogsAuthenticationError (401) for another seller's draft."""
        return self._object(f"/marketplace/listings/{int(listing_id)}")

    def release(self, release_id: int) -> Mapping[str, Any]:
        """One entry of the catalogue, as it came. DiscogsNotFound when it was deleted or merged into another."""
        return self._object(f"/releases/{int(release_id)}", most_bytes=MOST_RELEASE_BYTES)

    def search_releases(self, question: str, *, per_page: int = PER_PAGE) -> ItemPage:
        """The first page of the releases that the catalogue's own search finds."""
        return self._page("/database/search", "results", 1, per_page, {"q": question, "type": "release"})

    def collection_folders(self, username: str) -> tuple[Folder, ...]:
        """The folders of a collection; a stranger is told of folder 0 only. Raises DiscogsPrivate."""
        path = f"{_collection(username)}/folders"
        with _private_where_forbidden():
            return folders_of(self._object(path), path)

    def collection_fields(self, username: str) -> tuple[CollectionField, ...]:
        """The custom fields of one's own collection. Raises DiscogsPrivate for anybody else's."""
        path = f"{_collection(username)}/fields"
        with _private_where_forbidden():
            return fields_of(self._object(path), path)

    def collection_page(self, username: str, page: int, *, per_page: int = PER_PAGE) -> ItemPage:
        """One page of all copies in the order in which they were added, oldest first; additions land at the end.

        Raises DiscogsPrivate, and DiscogsResponseError (schema.envelope) unless it is the page that was asked for.
        """
        order = {"sort": "added", "sort_order": "asc"}
        with _private_where_forbidden():
            return self._page(f"{_collection(username)}/folders/0/releases", "releases", page, per_page, order)

    def collection_value(self, username: str) -> Mapping[str, Any]:
        """What Discogs estimates the collection to be worth: three texts for display. Raises DiscogsPrivate for
        anybody's but one's own."""
        with _private_where_forbidden():
            return self._object(f"{_collection(username)}/value")

    def copies_of_release(self, username: str, release_id: int) -> list[object]:
        """The rows of all copies of one release, wherever they lie; empty when there is none.

        Raises DiscogsPrivate, and DiscogsResponseError (page.short) when not all that were announced came.
        """
        path = f"{_collection(username)}/releases/{int(release_id)}"
        with _private_where_forbidden():
            first = self._page(path, "releases", 1, PER_PAGE)
            rows = list(first.rows)
            for number in range(2, first.pages + 1):
                rows += self._page(path, "releases", number, PER_PAGE).rows
        if len(rows) != first.items:
            detail = f"{len(rows)} of {first.items} copies were delivered"
            raise DiscogsResponseError(Reason.PAGE_SHORT, status=200, url_path=path, detail=detail)
        return rows

    def wants_page(self, username: str, page: int, *, per_page: int = PER_PAGE) -> ItemPage:
        """One page of a wantlist. Raises what `collection_page` raises."""
        with _private_where_forbidden():
            return self._page(f"/users/{_in_path(username)}/wants", "wants", page, per_page)

    def export_inventory(self) -> Iterator[dict[str, str]]:
        """All rows of the token owner's own inventory, from the export that Discogs makes for us."""
        return ExportJob(self._transport, self._waiter, clock=self._clock).rows()

    def _page(self, path: str, key: str, page: int, per_page: int, order: Mapping[str, str] | None = None) -> ItemPage:
        params = {"page": str(page), "per_page": str(per_page), **(order or {})}
        told, answer = self._transport.get_json(path, params)
        found, rows = pagination_of(told, key, asked_page=page, url_path=f"{path}?page={page}")
        return ItemPage(found.page, found.pages, found.per_page, found.items, rows, body_bytes=len(answer.body))

    def _object(self, path: str, *, most_bytes: int | None = None) -> Mapping[str, Any]:
        told, _ = self._transport.get_json(path, most_bytes=most_bytes)
        if not isinstance(told, dict):
            _reject(path, "not an object")
        return told


@contextmanager
def _private_where_forbidden() -> Iterator[None]:
    """A collection or wantlist that may not be seen is private: 403 there says nothing about the credential."""
    try:
        yield
    except DiscogsAuthenticationError as error:
        if error.status != 403:
            raise
        raise DiscogsPrivate(url_path=error.url_path, detail=error.detail, attempts=error.attempts) from error


def _collection(username: str) -> str:
    return f"/users/{_in_path(username)}/collection"


def _in_path(username: str) -> str:
    return quote(username, safe="")


def _whole(told: Mapping[str, Any], key: str, path: str) -> int:
    value = told.get(key)
    if type(value) is not int or value < 1:
        _reject(path, f"{key} is no positive whole number")
    return value


def _name(told: Mapping[str, Any], path: str) -> str:
    value = told.get("username")
    if not isinstance(value, str) or not is_name(value):
        _reject(path, "username is no name")
    return value


def _reject(path: str, detail: str) -> NoReturn:
    raise DiscogsResponseError(Reason.SCHEMA_ENVELOPE, status=200, url_path=path, detail=detail)
