"""A shelf becomes what an export of the website says, copy for copy."""

from collections import defaultdict
from pathlib import Path

from .records import Copy
from .shelf_snapshots import CopyRow, read_collection, read_wantlist, write_collection
from .shelves import UNCATEGORIZED, Shelf
from .state import State

Spare = dict[tuple[int, object], list[Copy]]


class ShelfLoading(State):
    def load_collection_csv(self, path: Path | str, *, of: str | None = None) -> None:
        """Copies absent from the file are gone, the others as it says; folders and fields are matched by name.

        The file has no instance ids: a copy is the same as before when release and moment are. Fields that the file
        does not name, and folders, stay.
        """
        names, rows = read_collection(path)
        with self.lock:
            shelf = self.shelf(of)
            _name_fields(shelf, names)
            spare: Spare = defaultdict(list)
            for copy in shelf.copies.values():
                self._keep(copy.release)
                spare[copy.release.id, copy.added].append(copy)
            loaded = [self._become(shelf, row, spare) for row in rows]
            shelf.copies.clear()
            shelf.copies |= {copy.instance_id: copy for copy in loaded}
            self._changed()

    def load_wantlist_csv(self, path: Path | str, *, of: str | None = None) -> None:
        with self.lock:
            shelf = self.shelf(of)
            for want in shelf.wants.values():
                self._keep(want.release)
            shelf.wants = {want.release.id: want for want in read_wantlist(path)}
            self._changed()

    def to_collection_csv(self, *, of: str | None = None) -> bytes:
        """What the website would let the owner download, oldest copy first."""
        with self.lock:
            shelf = self.shelf(of)
            copies = sorted(shelf.copies.values(), key=lambda copy: (copy.added, copy.instance_id))
            return write_collection(copies, shelf.folders, shelf.fields)

    def _become(self, shelf: Shelf, row: CopyRow, spare: Spare) -> Copy:
        known = spare[row.release.id, row.added]
        number = known[0].instance_id if known else self._next_instance
        self._next_instance += 0 if known else 1
        fields = {field.name: field.id for field in shelf.fields}
        notes = tuple(sorted((fields[name], text) for name, text in row.notes))
        fresh = Copy(number, row.release, _folder_id(shelf, row.folder), row.rating, row.added, notes)
        if known:
            before = known.pop(0)
            # A row that stayed the same keeps its identity.
            return before if before == fresh else fresh
        return fresh


def _name_fields(shelf: Shelf, names: list[str]) -> None:
    for name in names:
        if name not in {field.name for field in shelf.fields}:
            shelf.fields.append(shelf.new_field(name))


def _folder_id(shelf: Shelf, name: str) -> int:
    """Of several folders with one name the first."""
    found = next((folder for folder in (UNCATEGORIZED, *shelf.folders) if folder.name == name), None)
    if found is None:
        found = shelf.new_folder(name)
        shelf.folders.append(found)
    return found.id
