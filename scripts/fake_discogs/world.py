"""The truth that the fake server shows: a shop and a collection that tests may change between any two requests."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from . import generate, snapshots
from .catalogue_changes import CatalogueChanges
from .collection_changes import CollectionChanges
from .consents import Consents
from .list_changes import ListChanges
from .records import Account, Copy, Listing, Order
from .shelf_loading import ShelfLoading
from .shelves import SELLER_FIELDS, SELLER_FOLDERS, Shelf
from .shop_changes import ShopChanges
from .vocabulary import FOR_SALE, SOLD

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class World(ShopChanges, CollectionChanges, ShelfLoading, ListChanges, CatalogueChanges):
    """One seller's shop and collection, and other accounts. Every method may be called from any thread."""

    def __init__(
        self,
        *,
        seller: str,
        currency: str,
        listings: Iterable[Listing] = (),
        copies: Iterable[Copy] = (),
        now: datetime = generate.NOW,
    ) -> None:
        token = "".join(random.Random(f"token of {seller}").choices(_LETTERS, k=40))
        shelf = Shelf({item.instance_id: item for item in copies}, list(SELLER_FOLDERS), list(SELLER_FIELDS))
        accounts = (
            Account(12_579_001, seller, token, currency),
            Account(4_711_999, "passing_digger", token[::-1], "USD", "United States"),
        )
        super().__init__(accounts, shelf, listings, now)
        self.consumer_key, self.consumer_secret = token[:20], token[8:40]
        self.consents = Consents({self.consumer_key: self.consumer_secret}, seller)

    @classmethod
    def generate(
        cls,
        seed: int = 7,
        listings: int = 538,
        copies: int = 240,
        *,
        for_sale: int | None = None,
        seller: str = "CellarDoorRecords",
        currency: str = "EUR",
    ) -> "World":
        """An invented shop of `listings` rows in all; `for_sale` of them (default: 92 %) are For Sale."""
        on_sale = listings - listings * 8 // 100 if for_sale is None else for_sale
        offered, owned = generate.shop(seed, max(listings, on_sale), on_sale, copies)
        world = cls(seller=seller, currency=currency, listings=offered, copies=owned)
        world._file_orders()
        world.shelf().wants = {want.release.id: want for want in generate.wants(seed, copies // 8)}
        return world

    @classmethod
    def from_export_csv(cls, path: Path | str, *, seller: str, currency: str) -> "World":
        """The shop that an inventory export of Discogs describes."""
        return cls(seller=seller, currency=currency, listings=snapshots.read(path))

    def to_export_csv(self) -> bytes:
        """The shop as the export of Discogs states it, newest listing last."""
        with self.lock:
            return snapshots.write(sorted(self.listings.values(), key=lambda item: (item.posted, item.id)))

    # Questions

    @property
    def token(self) -> str:
        return self.seller.token

    def listing(self, listing_id: int) -> Listing:
        """Raises KeyError when there is no such listing (any more)."""
        with self.lock:
            return self.listings[listing_id]

    def ids(self, status: str | None = None) -> list[int]:
        """Listing ids, oldest posting first; all of them or those of one status."""
        with self.lock:
            rows = sorted(self.listings.values(), key=lambda item: (item.posted, item.id))
            return [item.id for item in rows if status is None or item.status == status]

    def for_sale_ids(self) -> list[int]:
        return self.ids(FOR_SALE)

    def copy_ids(self, of: str | None = None) -> list[int]:
        """Instance ids, oldest first."""
        with self.lock:
            return sorted(self.shelf(of).copies)

    # Changes to accounts

    def add_account(self, username: str, currency: str = "EUR", country: str = "Germany") -> int:
        """Somebody else with a token and an empty shelf; returns the account id."""
        with self.lock:
            number = max(self.accounts) + 1
            token = "".join(random.Random(f"token of {username}").choices(_LETTERS, k=40))
            self.accounts[number] = Account(number, username, token, currency, country)
            self.shelves[number] = Shelf()
            self._changed()
            return number

    def rename_seller(self, username: str) -> None:
        """Same account id, new name; the old name is unknown from now on."""
        with self.lock:
            self.accounts[self.seller.id] = replace(self.seller, username=username)
            self._changed()

    def foreign_identity(self) -> None:
        """The configured token turns out to be somebody else's."""
        with self.lock:
            self.token_owner = self.stranger
            self._changed()

    def revoke_token(self) -> None:
        with self.lock:
            self.token_revoked = True
            self._changed()

    def allow(self, request_token: str, username: str | None = None) -> str:
        """Somebody, else the seller, authorizes an application; returns the verifier. HttpError when it is too late."""
        with self.lock:
            account = self.seller if username is None else self.account(username)
            if account is None:
                raise KeyError(username)
            return self.consents.allow(request_token, account).verifier

    def revoke_consents(self, of: str | None = None) -> None:
        """One account, or everybody, withdraws what they allowed to applications."""
        with self.lock:
            account = self.account(of) if of is not None else None
            if of is not None and account is None:
                raise KeyError(of)
            self.consents.revoke(account.id if account else None)
            self._changed()

    def set_policy(self, **changes: Any) -> None:
        with self.lock:
            self.policy = replace(self.policy, **changes)
            self._changed()

    def reorder(self, seed: int = 1) -> None:
        """From now on unsorted requests, and ties of sorted ones, come in another order."""
        with self.lock:
            self.shuffle_seed = seed
            self._changed()

    def replace_with(self, other: "World") -> None:
        """Another shop and collection altogether under the same name."""
        with self.lock, other.lock:
            self.listings = dict(other.listings)
            self.shelves[self.seller.id] = other.shelf()
            self._changed()

    def _file_orders(self) -> None:
        sold = [self.listings[key] for key in self.ids(SOLD)]
        self.orders = [Order(n, row.posted + timedelta(days=3), (row,)) for n, row in enumerate(sold, start=1)]
