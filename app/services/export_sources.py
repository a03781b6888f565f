"""What there is to export: the folders of a collection, and shops. Read from the mirror alone."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from app.errors import FolderNotFound
from app.models import CopyRow, FolderRow, ListingRow
from app.models.streams import COLLECTION, INVENTORY
from app.services.data_owners import DataOwner, source_of
from app.services.export_rows import ALL_FOLDERS, Contents, folder_contents, market_contents

C, F, L = CopyRow.__table__.c, FolderRow.__table__.c, ListingRow.__table__.c
ALL = "All"


class FolderCount(NamedTuple):
    """A folder: `copies` are here, `told` is what Discogs counts, where it does."""

    folder_id: int
    name: str
    copies: int
    told: int | None

    @property
    def left_out(self) -> int:
        """Copies that Discogs counts and the mirror could not read."""
        return max((self.told or 0) - self.copies, 0)


def folders_of(connection: Connection, owner: DataOwner) -> list[FolderCount]:
    """All folders, the whole collection first. Raises NothingMirrored."""
    source = source_of(connection, owner, COLLECTION.kind)
    here = select(C.folder_id, func.count()).where(C.source_id == source.id, C.removed_at.is_(None))
    counts: dict[int | None, int] = {row[0]: row[1] for row in connection.execute(here.group_by(C.folder_id))}
    told = select(F.folder_id, F.name, F.copies).where(F.source_id == source.id, F.removed_at.is_(None))
    rows: list[Any] = [*connection.execute(told.order_by(F.folder_id))]
    whole = next((row for row in rows if row.folder_id == ALL_FOLDERS), None)
    name, told_of_all = (whole.name, whole.copies) if whole else (ALL, None)
    first = FolderCount(ALL_FOLDERS, name, sum(counts.values()), told_of_all)
    return [
        first,
        *(
            FolderCount(row.folder_id, row.name, counts.get(row.folder_id, 0), row.copies)
            for row in rows
            if row.folder_id != ALL_FOLDERS
        ),
    ]


def folder_of(connection: Connection, owner: DataOwner, folder_id: int) -> FolderCount:
    """One folder. Raises FolderNotFound, NothingMirrored."""
    for folder in folders_of(connection, owner):
        if folder.folder_id == folder_id:
            return folder
    raise FolderNotFound(owner.username, folder_id)


def contents_of_folder(connection: Connection, owner: DataOwner, folder_id: int) -> Contents:
    """What a folder holds. Raises FolderNotFound, NothingMirrored."""
    folder = folder_of(connection, owner, folder_id)
    source = source_of(connection, owner, COLLECTION.kind)
    return folder_contents(source.id, folder_id, folder.name, folder.left_out)


def count_of_shop(connection: Connection, owner: DataOwner) -> int:
    """How many listings the shop has at Discogs, as far as they are here. Raises NothingMirrored."""
    source = source_of(connection, owner, INVENTORY.kind)
    live = select(func.count()).where(L.source_id == source.id, L.removed_at.is_(None))
    return int(connection.scalar(live) or 0)


def contents_of_shop(connection: Connection, owner: DataOwner) -> Contents:
    """What a shop holds. Raises NothingMirrored."""
    source = source_of(connection, owner, INVENTORY.kind)
    return market_contents(source.id, owner.username, source.hidden_rows)
