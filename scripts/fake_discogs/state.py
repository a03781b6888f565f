"""The bare facts of a world, its lock and its clock; what may happen to them stands in the classes built on it."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import generate
from .records import Account, Copy, Folder, Listing, Order, Release
from .records import Field as CustomField
from .shelves import Shelf


@dataclass
class Policy:
    """What Discogs may decide differently from one day or one viewer to the next."""

    page_cap: int = 100
    # Undocumented upstream: what a stranger gets for a sold listing, 404 or 200 with its status.
    sold_for_strangers: int = 404
    # A currency into which strangers' inventory prices are converted; None shows the seller's own.
    convert_inventory_to: str | None = None
    # The status that an owner's request without `status` means.
    owner_default_status: str = "All"
    # The documentation says no, measurements say yes.
    release_images_for_strangers: bool = True
    search_for_strangers: bool = True
    # How far `num_for_sale`, `num_collection` and the counts of folders are from the truth; upstream they lag.
    counts_off_by: int = 0


class State:
    """One seller's shop, the accounts around it with their shelves, and the catalogue."""

    def __init__(
        self, accounts: Iterable[Account], shelf: Shelf, listings: Iterable[Listing], now: datetime = generate.NOW
    ) -> None:
        self.lock = threading.RLock()
        self.accounts: dict[int, Account] = {account.id: account for account in accounts}
        self._seller_id, self._stranger_id, *_ = self.accounts
        self.shelves: dict[int, Shelf] = {number: Shelf() for number in self.accounts} | {self._seller_id: shelf}
        self.policy = Policy()
        self.listings: dict[int, Listing] = {item.id: item for item in listings}
        self.orders: list[Order] = []
        self.hidden = 0
        self.token_revoked = False
        self.token_owner: Account | None = None
        self.shuffle_seed: int | None = None
        self.version = 0
        # Entries of the catalogue that nobody offers or owns (any more), and those that Discogs deleted or merged.
        self.unheld: dict[int, Release] = {}
        self.deleted_releases: set[int] = set()
        self._catalogue: tuple[int, dict[int, Release]] = (-1, {})
        self._now = now
        self._next_id = max([generate.FIRST_LISTING_ID, *self.listings]) + 1
        self._next_instance = max([generate.FIRST_INSTANCE_ID, *shelf.copies]) + 1

    @property
    def seller(self) -> Account:
        return self.accounts[self._seller_id]

    @property
    def stranger(self) -> Account:
        return self.accounts[self._stranger_id]

    @property
    def copies(self) -> dict[int, Copy]:
        """The seller's, by instance id."""
        return self.shelves[self._seller_id].copies

    @property
    def folders(self) -> list[Folder]:
        """The seller's, without folder 0."""
        return self.shelves[self._seller_id].folders

    @property
    def fields(self) -> list[CustomField]:
        """The seller's, in their order on the page."""
        return self.shelves[self._seller_id].fields

    def now(self) -> datetime:
        return self._now

    def account(self, username: str) -> Account | None:
        """User names match whatever their case."""
        wanted = username.casefold()
        return next((item for item in self.accounts.values() if item.username.casefold() == wanted), None)

    def shelf(self, of: Account | str | None = None) -> Shelf:
        """The shelf of an account, the seller's by default. Raises KeyError for an unknown name."""
        account = self.account(of) if isinstance(of, str) else of or self.seller
        if account is None:
            raise KeyError(of)
        return self.shelves[account.id]

    def release(self, release_id: int) -> Release | None:
        """As the catalogue shows it; None for one that never was, was deleted or was merged into another."""
        return None if release_id in self.deleted_releases else self.catalogue().get(release_id)

    def catalogue(self) -> dict[int, Release]:
        """All that anybody offers, owns or wants, and `unheld`; collected once per version of the world."""
        with self.lock:
            if self._catalogue[0] != self.version:
                known = dict(self.unheld)
                for shelf in self.shelves.values():
                    known |= {release.id: release for release in shelf.releases()}
                known |= {row.release.id: row.release for row in reversed(self.listings.values())}
                self._catalogue = (self.version, known)
            return self._catalogue[1]

    def _keep(self, release: Release) -> None:
        """Remember the entry of a row that goes: the catalogue does not forget with it."""
        self.unheld[release.id] = release

    def _tick(self) -> datetime:
        """The world's own clock: it moves when something happens, so that a replay gives the same times."""
        self._now += timedelta(seconds=61)
        return self._now

    def _changed(self) -> None:
        self.version += 1
