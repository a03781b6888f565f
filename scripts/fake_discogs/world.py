"""The truth that the fake server shows: a shop and a collection that tests may change between any two requests."""

import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from . import generate, snapshots
from .records import Account, Copy, Field, Folder, Listing, Order, Release
from .vocabulary import DRAFT, EXPIRED, FOR_SALE, GRADES, SLEEVE_GRADES, SOLD

_RELEASE_FIELDS = {item.name for item in fields(Release)} - {"id"}
DEFAULT_FOLDERS = (
    Folder(1, "Uncategorized"),
    Folder(31, "Jazz & more"),
    Folder(32, "Upstairs"),
    Folder(33, "Upstairs"),
)
DEFAULT_FIELDS = (
    Field(1, "Media Condition", "dropdown", public=True, options=GRADES),
    Field(2, "Sleeve Condition", "dropdown", public=True, options=(*SLEEVE_GRADES[:8], "Generic", "No Cover")),
    Field(3, "Notes", "textarea", public=True, lines=3),
    Field(4, "Purchased At", "textarea", public=False, lines=1),
)


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


class World:
    """One seller's shop and collection. Every method may be called from any thread."""

    def __init__(
        self,
        *,
        seller: str,
        currency: str,
        listings: Iterable[Listing] = (),
        copies: Iterable[Copy] = (),
        now: datetime = generate.NOW,
    ) -> None:
        token = "".join(
            random.Random(f"token of {seller}").choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", k=40)
        )
        self.lock = threading.RLock()
        self.seller = Account(12_579_001, seller, token, currency)
        self.stranger = Account(4_711_999, "passing_digger", token[::-1], "USD", "United States")
        self.consumer_key, self.consumer_secret = token[:20], token[8:40]
        self.policy = Policy()
        self.listings: dict[int, Listing] = {item.id: item for item in listings}
        self.copies: dict[int, Copy] = {item.instance_id: item for item in copies}
        self.folders: list[Folder] = list(DEFAULT_FOLDERS)
        self.fields: list[Field] = list(DEFAULT_FIELDS)
        self.orders: list[Order] = []
        self.hidden = 0
        self.private = False
        self.token_revoked = False
        self.token_owner: Account | None = None
        self.shuffle_seed: int | None = None
        self.version = 0
        self._now = now
        self._next_id = max([generate.FIRST_LISTING_ID, *self.listings]) + 1
        self._next_instance = max([generate.FIRST_INSTANCE_ID, *self.copies]) + 1

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
        return world

    @classmethod
    def from_export_csv(cls, path: Path | str, *, seller: str, currency: str) -> "World":
        """The shop that an inventory export of Discogs describes."""
        return cls(seller=seller, currency=currency, listings=snapshots.read(path))

    def load_export_csv(self, path: Path | str) -> None:
        """Become the shop of another export: listings absent from it are gone, the others as it says."""
        found = {item.id: item for item in snapshots.read(path)}
        with self.lock:
            # Rows that stayed the same keep their identity, so that what was rendered from them stays valid.
            self.listings = {
                key: self.listings[key] if self.listings.get(key) == row else row for key, row in found.items()
            }
            self._next_id = max([self._next_id - 1, *found]) + 1
            self._changed()

    def to_export_csv(self) -> bytes:
        """The shop as the export of Discogs states it, newest listing last."""
        with self.lock:
            return snapshots.write(sorted(self.listings.values(), key=lambda item: (item.posted, item.id)))

    # Questions

    @property
    def token(self) -> str:
        return self.seller.token

    def now(self) -> datetime:
        return self._now

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

    def release(self, release_id: int) -> Release | None:
        with self.lock:
            holders: list[Listing | Copy] = [*self.listings.values(), *self.copies.values()]
        for holder in holders:
            if holder.release.id == release_id:
                return holder.release
        return None

    def account(self, username: str) -> Account | None:
        """User names match whatever their case."""
        wanted = username.casefold()
        return next((item for item in (self.seller, self.stranger) if item.username.casefold() == wanted), None)

    # Changes to the shop

    def sell(self, listing_id: int) -> Order:
        """Someone buys it: Sold, and part of an order."""
        with self.lock:
            sold = self._set(listing_id, status=SOLD)
            order = Order(len(self.orders) + 1, self._tick(), (sold,))
            self.orders.append(order)
            return order

    def draft(self, listing_id: int) -> None:
        self._set(listing_id, status=DRAFT)

    def expire(self, listing_id: int) -> None:
        self._set(listing_id, status=EXPIRED)

    def publish(self, listing_id: int) -> None:
        """Put it (back) on sale under its own id, without touching `posted`."""
        self._set(listing_id, status=FOR_SALE)

    def delete(self, listing_id: int) -> Listing:
        """Gone at once: its page answers 404. Returns it, for `restore`."""
        with self.lock:
            gone = self.listings.pop(listing_id)
            self._changed()
            return gone

    def restore(self, listing: Listing) -> None:
        """A listing that was gone is back with its old id."""
        with self.lock:
            self.listings[listing.id] = listing
            self._changed()

    def add(self, **changes: Any) -> int:
        """A new listing, invented but for `changes`; returns its id."""
        with self.lock:
            rng = random.Random(f"listing {self._next_id}")
            fresh = generate.listings(rng, generate.releases(rng, 1), [FOR_SALE])[0]
            listing = replace(fresh, id=self._next_id, posted=self._tick())
            self._next_id += 1
            self.listings[listing.id] = _edited(listing, changes)
            self._changed()
            return listing.id

    def relist(self, listing_id: int) -> int:
        """The same copy under a new id; the old one is gone. Returns the new id."""
        with self.lock:
            old = self.delete(listing_id)
            fresh = replace(old, id=self._next_id, posted=self._tick(), status=FOR_SALE)
            self._next_id += 1
            self.listings[fresh.id] = fresh
            self._changed()
            return fresh.id

    def reprice(self, listing_id: int, price: Decimal) -> None:
        """Discogs counts a new price as a new posting: it moves to the end of `listed`."""
        self._set(listing_id, price=price, posted=self._tick())

    def edit(self, listing_id: int, **changes: Any) -> None:
        """Change fields of the listing, or of the release as this listing shows it (`title`, `artist`, …)."""
        self._set(listing_id, **changes)

    def edit_release(self, release_id: int, **changes: Any) -> None:
        """Someone corrects the catalogue: every listing and copy of the release shows it."""
        with self.lock:
            self.listings = {
                key: _edited(row, changes) if row.release.id == release_id else row
                for key, row in self.listings.items()
            }
            self.copies = {
                key: replace(row, release=replace(row.release, **changes)) if row.release.id == release_id else row
                for key, row in self.copies.items()
            }
            self._changed()

    def reorder(self, seed: int = 1) -> None:
        """From now on unsorted requests, and ties of sorted ones, come in another order."""
        with self.lock:
            self.shuffle_seed = seed
            self._changed()

    def replace_with(self, other: "World") -> None:
        """Another shop altogether under the same name."""
        with self.lock, other.lock:
            self.listings = dict(other.listings)
            self.copies = dict(other.copies)
            self._changed()

    def set_hidden(self, count: int) -> None:
        """So many listings more than are delivered count in `items`."""
        with self.lock:
            self.hidden = count
            self._changed()

    # Changes to accounts

    def rename_seller(self, username: str) -> None:
        """Same account id, new name; the old name is unknown from now on."""
        with self.lock:
            self.seller = replace(self.seller, username=username)
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

    def set_private(self, private: bool = True) -> None:
        """Hide the collection from everybody but its owner."""
        with self.lock:
            self.private = private
            self._changed()

    def set_policy(self, **changes: Any) -> None:
        with self.lock:
            self.policy = replace(self.policy, **changes)
            self._changed()

    # Changes to the collection

    def add_copy(self, release_id: int | None = None, **changes: Any) -> int:
        """A new copy of a known release, or of an invented one; returns its instance id."""
        with self.lock:
            rng = random.Random(f"copy {self._next_instance}")
            release = self.release(release_id) if release_id is not None else generate.releases(rng, 1)[0]
            if release is None:
                raise KeyError(release_id)
            fresh = replace(Copy(self._next_instance, release, 1, 0, self._tick()), **changes)
            self._next_instance += 1
            self.copies[fresh.instance_id] = fresh
            self._changed()
            return fresh.instance_id

    def edit_copy(self, instance_id: int, **changes: Any) -> None:
        """Move, rate or annotate a copy."""
        with self.lock:
            self.copies[instance_id] = replace(self.copies[instance_id], **changes)
            self._changed()

    def remove_copy(self, instance_id: int) -> None:
        with self.lock:
            del self.copies[instance_id]
            self._changed()

    def _set(self, listing_id: int, **changes: Any) -> Listing:
        with self.lock:
            changed = _edited(self.listings[listing_id], changes)
            self.listings[listing_id] = changed
            self._changed()
            return changed

    def _tick(self) -> datetime:
        """The world's own clock: it moves when something happens, so that a replay gives the same times."""
        self._now += timedelta(seconds=61)
        return self._now

    def _changed(self) -> None:
        self.version += 1

    def _file_orders(self) -> None:
        sold = [self.listings[key] for key in self.ids(SOLD)]
        self.orders = [Order(n, row.posted + timedelta(days=3), (row,)) for n, row in enumerate(sold, start=1)]


def _edited(listing: Listing, changes: dict[str, Any]) -> Listing:
    catalogue = {name: changes[name] for name in changes if name in _RELEASE_FIELDS}
    own = {name: changes[name] for name in changes if name not in _RELEASE_FIELDS}
    if "posted" in own:
        own["posted"] = datetime.fromisoformat(str(own["posted"])).astimezone(UTC)
    if "price" in own:
        own["price"] = Decimal(str(own["price"]))
    if catalogue:
        own["release"] = replace(own.get("release", listing.release), **catalogue)
    return replace(listing, **own)
