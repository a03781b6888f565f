"""What may happen to the listings of the shop."""

import random
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from . import generate, snapshots
from .records import Listing, Order, Release
from .state import State
from .vocabulary import DRAFT, EXPIRED, FOR_SALE, SOLD

_RELEASE_FIELDS = {item.name for item in fields(Release)} - {"id"}


class ShopChanges(State):
    """Every method may be called from any thread; KeyError where a listing is not there."""

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
            self._keep(gone.release)
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

    def set_hidden(self, count: int) -> None:
        """So many listings more than are delivered count in `items`."""
        with self.lock:
            self.hidden = count
            self._changed()

    def load_export_csv(self, path: Path | str) -> None:
        """Become the shop of another export: listings absent from it are gone, the others as it says."""
        found = {item.id: item for item in snapshots.read(path)}
        with self.lock:
            for row in self.listings.values():
                self._keep(row.release)
            # Rows that stayed the same keep their identity, so that what was rendered from them stays valid.
            self.listings = {
                key: self.listings[key] if self.listings.get(key) == row else row for key, row in found.items()
            }
            self._next_id = max([self._next_id - 1, *found]) + 1
            self._changed()

    def _set(self, listing_id: int, **changes: Any) -> Listing:
        with self.lock:
            changed = _edited(self.listings[listing_id], changes)
            self.listings[listing_id] = changed
            self._changed()
            return changed


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
