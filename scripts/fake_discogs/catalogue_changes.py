"""What may happen to entries of the catalogue."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .records import Release
from .state import State


class CatalogueChanges(State):
    def edit_release(self, release_id: int, **changes: Any) -> None:
        """Someone corrects the catalogue: every listing, copy and want of the release shows it."""
        with self.lock:
            self._swap_release(release_id, lambda old: replace(old, **changes))

    def delete_release(self, release_id: int) -> None:
        """Its page answers 404 from now on, while listings and copies still name it."""
        with self.lock:
            self.deleted_releases.add(release_id)
            self._changed()

    def restore_release(self, release_id: int) -> None:
        with self.lock:
            self.deleted_releases.discard(release_id)
            self._changed()

    def merge_releases(self, release_id: int, into: int) -> None:
        """The entry is gone without a redirect; what named it names `into`. Raises KeyError for an unknown target."""
        with self.lock:
            target = self.catalogue()[into]
            self._swap_release(release_id, lambda _: target)
            self.deleted_releases.add(release_id)
            self._changed()

    def _swap_release(self, release_id: int, new: Callable[[Release], Release]) -> None:
        if release_id in self.unheld:
            self.unheld[release_id] = new(self.unheld[release_id])
        self.listings = {
            key: replace(row, release=new(row.release)) if row.release.id == release_id else row
            for key, row in self.listings.items()
        }
        for shelf in self.shelves.values():
            for number, copy in shelf.copies.items():
                if copy.release.id == release_id:
                    shelf.copies[number] = replace(copy, release=new(copy.release))
            want = shelf.wants.pop(release_id, None)
            if want is not None:
                moved = replace(want, release=new(want.release))
                shelf.wants.setdefault(moved.release.id, moved)
        self._changed()
