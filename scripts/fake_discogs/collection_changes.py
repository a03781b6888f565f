"""What may happen to copies, folders, custom fields and wants; `of` names whose, the seller's by default."""

import random
from dataclasses import replace
from datetime import datetime
from typing import Any

from . import generate
from .records import Copy, Field, Folder, Release, Want
from .shelves import UNCATEGORIZED
from .state import State


class CollectionChanges(State):
    """Every method may be called from any thread; KeyError where a copy, folder, field or want is not there."""

    def add_copy(self, release_id: int | None = None, *, of: str | None = None, **changes: Any) -> int:
        """A new copy of a known release, or of an invented one; returns its instance id.

        It carries the rating its release has, unless told otherwise.
        """
        with self.lock:
            shelf = self.shelf(of)
            release = self._known(release_id, f"copy {self._next_instance}")
            fresh = Copy(self._next_instance, release, UNCATEGORIZED.id, shelf.rating(release.id), self._tick())
            self._next_instance += 1
            shelf.copies[fresh.instance_id] = _changed_copy(fresh, changes)
            self._changed()
            return fresh.instance_id

    def edit_copy(self, instance_id: int, *, of: str | None = None, **changes: Any) -> None:
        """Any field of one copy, even such as Discogs would refuse; `rating` is that of its release everywhere."""
        with self.lock:
            copies = self.shelf(of).copies
            copies[instance_id] = _changed_copy(copies[instance_id], changes)
            if "rating" in changes:
                self.rate(copies[instance_id].release.id, changes["rating"], of=of)
            self._changed()

    def move_copy(self, instance_id: int, folder_id: int, *, of: str | None = None) -> None:
        with self.lock:
            if folder_id not in {folder.id for folder in self.shelf(of).folders}:
                raise KeyError(folder_id)
            self.edit_copy(instance_id, of=of, folder_id=folder_id)

    def rate(self, release_id: int, rating: int, *, of: str | None = None) -> None:
        """All copies of the release, and the want for it."""
        with self.lock:
            shelf = self.shelf(of)
            for copy in shelf.of_release(release_id):
                shelf.copies[copy.instance_id] = replace(copy, rating=rating)
            if release_id in shelf.wants:
                shelf.wants[release_id] = replace(shelf.wants[release_id], rating=rating)
            self._changed()

    def note(self, instance_id: int, field_id: int, value: str, *, of: str | None = None) -> None:
        """Write into a custom field of a copy; an empty value clears it."""
        with self.lock:
            shelf = self.shelf(of)
            if shelf.find_field(field_id) is None:
                raise KeyError(field_id)
            notes = dict(shelf.copies[instance_id].notes) | {field_id: value}
            kept = tuple((number, text) for number, text in sorted(notes.items()) if text)
            self.edit_copy(instance_id, of=of, notes=kept)

    def remove_copy(self, instance_id: int, *, of: str | None = None) -> None:
        with self.lock:
            self._keep(self.shelf(of).copies.pop(instance_id).release)
            self._changed()

    def add_folder(self, name: str, *, of: str | None = None) -> int:
        """Names need not be unique; returns the id."""
        with self.lock:
            made = self.shelf(of).new_folder(name)
            self.shelf(of).folders.append(made)
            self._changed()
            return made.id

    def rename_folder(self, folder_id: int, name: str, *, of: str | None = None) -> None:
        with self.lock:
            folders = self.shelf(of).folders
            place = [folder.id for folder in folders].index(folder_id)
            folders[place] = Folder(folder_id, name)
            self._changed()

    def delete_folder(self, folder_id: int, *, of: str | None = None) -> None:
        """As on the website: what is in it becomes Uncategorized."""
        with self.lock:
            shelf = self.shelf(of)
            for copy in shelf.in_folder(folder_id):
                shelf.copies[copy.instance_id] = replace(copy, folder_id=UNCATEGORIZED.id)
            shelf.folders[:] = [folder for folder in shelf.folders if folder.id != folder_id]
            self._changed()

    def add_field(self, name: str, type: str = "textarea", *, of: str | None = None, **changes: Any) -> int:
        """A custom field made on the website, last on the page; returns its id."""
        with self.lock:
            made = self.shelf(of).new_field(name, type)
            self.shelf(of).fields.append(_changed_field(made, changes))
            self._changed()
            return made.id

    def edit_field(self, field_id: int, *, of: str | None = None, **changes: Any) -> None:
        """Rename it, change its options, hide it, show it."""
        with self.lock:
            fields = self.shelf(of).fields
            place = [field.id for field in fields].index(field_id)
            fields[place] = _changed_field(fields[place], changes)
            self._changed()

    def delete_field(self, field_id: int, *, of: str | None = None) -> None:
        """What was written in it is gone with it."""
        with self.lock:
            shelf = self.shelf(of)
            shelf.fields[:] = [field for field in shelf.fields if field.id != field_id]
            for copy in shelf.copies.values():
                kept = tuple(note for note in copy.notes if note[0] != field_id)
                shelf.copies[copy.instance_id] = replace(copy, notes=kept)
            self._changed()

    def want(self, release_id: int | None = None, *, of: str | None = None, **changes: Any) -> int:
        """Put a release on the wantlist, or change its entry there; returns the release id."""
        with self.lock:
            wants = self.shelf(of).wants
            release = self._known(release_id, f"want {self._next_instance} {len(wants)}")
            entry = wants.get(release.id) or Want(release, self._tick())
            wants[release.id] = replace(entry, **_with_moment(changes))
            self._changed()
            return release.id

    def unwant(self, release_id: int, *, of: str | None = None) -> None:
        with self.lock:
            self._keep(self.shelf(of).wants.pop(release_id).release)
            self._changed()

    def set_private(
        self, private: bool = True, *, of: str | None = None, collection: bool = True, wants: bool = False
    ) -> None:
        """Hide the collection, the wantlist or both from everybody but their owner, or show them again."""
        with self.lock:
            shelf = self.shelf(of)
            shelf.is_private = private if collection else shelf.is_private
            shelf.wants_are_private = private if wants else shelf.wants_are_private
            self._changed()

    def _known(self, release_id: int | None, seed: str) -> Release:
        found = generate.releases(random.Random(seed), 1)[0] if release_id is None else self.release(release_id)
        if found is None:
            raise KeyError(release_id)
        return found


def _changed_copy(copy: Copy, changes: dict[str, Any]) -> Copy:
    """Notes may come as JSON lists."""
    given = _with_moment(changes)
    if "notes" in given:
        given["notes"] = tuple((int(field), str(value)) for field, value in given["notes"])
    return replace(copy, **given)


def _changed_field(field: Field, changes: dict[str, Any]) -> Field:
    return replace(field, **changes | ({"options": tuple(changes["options"])} if "options" in changes else {}))


def _with_moment(changes: dict[str, Any]) -> dict[str, Any]:
    if "added" not in changes:
        return dict(changes)
    return changes | {"added": datetime.fromisoformat(str(changes["added"]))}
