"""What one account keeps: its copies, the folders and fields around them, and what it wants."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .records import Copy, Field, Folder, Release, UserList, Want
from .vocabulary import GRADES, SLEEVE_GRADES

ALL_FOLDER = 0
_FIRST_FOLDER_ID = 1_001
UNCATEGORIZED = Folder(1, "Uncategorized")
MEDIA_FIELD = Field(1, "Media Condition", "dropdown", public=True, options=GRADES)
SLEEVE_FIELD = Field(
    2, "Sleeve Condition", "dropdown", public=True, options=(*SLEEVE_GRADES[:8], "Generic", "No Cover")
)
NOTES_FIELD = Field(3, "Notes", "textarea", public=True, lines=3)
# Two folders of one name: Discogs allows it, and only their ids tell them apart.
SELLER_FOLDERS = (UNCATEGORIZED, Folder(31, "Jazz & more"), Folder(32, "Upstairs"), Folder(33, "Upstairs"))
SELLER_FIELDS = (MEDIA_FIELD, SLEEVE_FIELD, NOTES_FIELD, Field(4, "Purchased At", "textarea", public=False, lines=1))


@dataclass
class Shelf:
    """Mutable; guarded by the lock of its world. `wants` has one entry per release."""

    copies: dict[int, Copy] = field(default_factory=dict)
    folders: list[Folder] = field(default_factory=lambda: [UNCATEGORIZED])
    fields: list[Field] = field(default_factory=lambda: [MEDIA_FIELD, SLEEVE_FIELD, NOTES_FIELD])
    wants: dict[int, Want] = field(default_factory=dict)
    lists: list[UserList] = field(default_factory=list)
    is_private: bool = False
    wants_are_private: bool = False

    def in_folder(self, folder_id: int) -> list[Copy]:
        """All copies for folder 0."""
        return [copy for copy in self.copies.values() if folder_id in (ALL_FOLDER, copy.folder_id)]

    def of_release(self, release_id: int) -> list[Copy]:
        return [copy for copy in self.copies.values() if copy.release.id == release_id]

    def find_folder(self, folder_id: int) -> Folder | None:
        known = (Folder(ALL_FOLDER, "All"), *self.folders)
        return next((folder for folder in known if folder.id == folder_id), None)

    def find_field(self, field_id: int) -> Field | None:
        return next((field for field in self.fields if field.id == field_id), None)

    def new_folder(self, name: str) -> Folder:
        """Under an id that none of them has; not yet part of the shelf."""
        return Folder(max(_FIRST_FOLDER_ID - 1, *(folder.id for folder in self.folders)) + 1, name)

    def new_field(self, name: str, kind: str = "textarea") -> Field:
        """Private and with an id that none of them has; not yet part of the shelf."""
        number = max((field.id for field in self.fields), default=0) + 1
        return Field(number, name, kind, public=False, lines=1 if kind == "textarea" else 0)

    def rating(self, release_id: int) -> int:
        """A rating belongs to the release: every copy of it shows the same one."""
        return next((copy.rating for copy in self.of_release(release_id)), 0)

    def hidden_fields(self) -> frozenset[int]:
        return frozenset(field.id for field in self.fields if not field.public)

    def releases(self) -> Iterator[Release]:
        rows: Iterable[Copy | Want] = (*self.copies.values(), *self.wants.values())
        return (row.release for row in rows)
