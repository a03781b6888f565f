"""A shop in memory that answers like the Discogs client: for tests of decisions, without a wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from math import ceil
from typing import Any

from app.core.outcomes import Reason
from app.discogs.answers import Identity, ItemPage, UserProfile
from app.errors import DiscogsAPIError, DiscogsAuthenticationError, DiscogsNotFound, DiscogsResponseError
from tests.core.test_parsing import item

PER_PAGE = 100


class MemoryShop:
    """One seller's listings in `listed` order, and what happens between requests."""

    def __init__(
        self, size: int = 0, *, username: str = "example_seller", user_id: int = 4711001, per_page: int = PER_PAGE
    ) -> None:
        self.username = username
        self.per_page = per_page
        self.user_id = user_id
        self.token_of = (user_id, username)
        self.has_token = True
        self.rows: dict[int, dict[str, Any]] = {}
        self.requests = 0
        self.asked: list[str] = []
        self.between: Callable[[str], None] = lambda asked: None
        self.failures: dict[str, DiscogsAPIError] = {}
        self.catalogue: dict[int, dict[str, Any]] = {}  # bodies of releases
        self.left_out: set[int] = set()  # for sale, but on no page
        self.next_id = 4_330_000_001
        for _ in range(size):
            self.add()

    def add(self, **changes: Any) -> int:
        """List a copy; its id."""
        number, self.next_id = self.next_id, self.next_id + 1
        release = item()["release"] | {"id": 900_000 + number % 50_000, "title": f"Title {number % 1000}"}
        seller = {"id": self.user_id, "username": self.username}
        self.rows[number] = item(id=number, release=release, seller=seller) | changes
        return number

    def remove(self, number: int) -> None:
        """Take a copy away for good."""
        del self.rows[number]

    def edit(self, number: int, **changes: Any) -> None:
        """Change a copy; an edit moves it to the end of the list."""
        self.rows[number] = self.rows.pop(number) | changes

    def reprice(self, number: int, value: float) -> None:
        """Another price, in the seller's currency."""
        self.edit(number, original_price={"curr_abbr": "EUR", "value": value})

    def connect(self, *_arguments: Any, **_options: Any) -> MemoryShop:
        """Stands for `services.discogs_connection.connect`."""
        return self

    def expect_pages(self, pages: int) -> None:
        """Nothing to prepare."""

    def identity(self) -> Identity:
        self._ask("identity")
        return Identity(*self.token_of)

    def user(self, username: str) -> UserProfile:
        self._ask(f"user {username}")
        if username.casefold() != self.username.casefold():
            raise DiscogsNotFound(url_path=f"/users/{username}")
        return UserProfile(self.user_id, self.username, None, len(self.rows))

    def inventory_page(self, username: str, page: int, *, status: str | None = None) -> ItemPage:
        self._ask(f"page {page}")
        if username.casefold() != self.username.casefold():
            raise DiscogsNotFound(url_path=f"/users/{username}/inventory")
        is_owner = self.is_owner
        if not is_owner and page > 100:
            raise DiscogsResponseError(Reason.PAGE_CAP, status=403, detail="Pagination above 100 disabled")
        shown = [row for row in self.rows.values() if is_owner or row["status"] == "For Sale"]
        shown = [row for row in shown if row["id"] not in self.left_out]
        pages = max(1, ceil(len(shown) / self.per_page))
        if page > pages:
            raise DiscogsNotFound(url_path=f"/users/{username}/inventory")
        rows = [self._as_seen(row, is_owner) for row in shown[(page - 1) * self.per_page : page * self.per_page]]
        return ItemPage(page, pages, self.per_page, len(shown), rows, 0)

    def listing(self, listing_id: int) -> Mapping[str, Any]:
        self._ask(f"listing {listing_id}")
        path = f"/marketplace/listings/{listing_id}"
        if listing_id not in self.rows:
            raise DiscogsNotFound(url_path=path)
        if not self.is_owner and self.rows[listing_id]["status"] != "For Sale":
            raise DiscogsAuthenticationError(Reason.AUTH_MISSING, status=401, url_path=path)
        return deepcopy(self.rows[listing_id])

    def release(self, release_id: int) -> Mapping[str, Any]:
        self._ask(f"release {release_id}")
        if release_id not in self.catalogue:
            raise DiscogsNotFound(url_path=f"/releases/{release_id}")
        return deepcopy(self.catalogue[release_id])

    @property
    def is_owner(self) -> bool:
        """Whether the seller's own token asks."""
        return self.has_token and self.token_of[0] == self.user_id

    def _ask(self, what: str) -> None:
        self.requests += 1
        self.asked.append(what)
        self.between(what)
        if what in self.failures:
            raise self.failures[what]

    def _as_seen(self, row: dict[str, Any], is_owner: bool) -> object:
        if is_owner:
            return deepcopy(row)
        private = {"location", "external_id", "weight", "format_quantity", "quantity"}
        return {key: deepcopy(value) for key, value in row.items() if key not in private}
