"""What may happen to the lists of a user; `of` names whose, the seller's by default."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .records import UserList
from .state import State

_FIRST_LIST_ID = 870_001


class ListChanges(State):
    def add_list(self, name: str, releases: Iterable[int] = (), *, of: str | None = None, public: bool = True) -> int:
        """A list of releases, none of them remarked on; returns its id."""
        with self.lock:
            number = max((row.id for shelf in self.shelves.values() for row in shelf.lists), default=_FIRST_LIST_ID) + 1
            now = self._tick()
            made = UserList(number, name, now, now, public=public, items=tuple((release, "") for release in releases))
            self.shelf(of).lists.append(made)
            self._changed()
            return number

    def edit_list(self, list_id: int, *, of: str | None = None, **changes: Any) -> None:
        """Other items, name, description or audience. Unlike copies and wants, lists tell when they changed."""
        with self.lock:
            lists = self.shelf(of).lists
            place = [row.id for row in lists].index(list_id)
            if "items" in changes:
                changes["items"] = tuple((int(release), str(remark)) for release, remark in changes["items"])
            lists[place] = replace(lists[place], **{"changed": self._tick(), **changes})
            self._changed()

    def delete_list(self, list_id: int, *, of: str | None = None) -> None:
        with self.lock:
            shelf = self.shelf(of)
            shelf.lists = [row for row in shelf.lists if row.id != list_id]
            self._changed()
