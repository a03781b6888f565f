"""The folders of collections, and how many copies lie in each."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, func, select

from app.core.shelf_query import EVERYTHING
from app.formats.album import Item
from app.models import CopyRow, FolderRow
from app.search.shelf import active_in
from app.services.album_surroundings import Names
from app.services.collection_state import CollectionState

C, F = CopyRow.__table__.c, FolderRow.__table__.c
ALL = "All"


def folders_of(connection: Connection, state: CollectionState, names: Names) -> list[Item]:
    """Of each collection folder 0, which is all of it, and to its owner the others by name."""
    counts = _copies_by_folder(connection, state)
    here = _present(connection, state)
    shown: list[Item] = []
    for source, shelf in sorted(state.shelves.items()):
        everything = sum(count for (of, _), count in counts.items() if of == source)
        own = {number: name for (of, number), name in names.items() if of == source and (of, number) in here}
        rows = [(number, name, counts[source, number]) for number, name in own.items()]
        ordered = [(EVERYTHING, ALL, everything), *sorted(rows, key=lambda row: (row[1].casefold(), row[0]))]
        shown += [{"id": number, "name": name, "count": count, "owner": shelf.owner} for number, name, count in ordered]
    return shown


def _copies_by_folder(connection: Connection, state: CollectionState) -> Counter[tuple[int, int | None]]:
    query = select(C.source_id, C.folder_id, func.count()).where(active_in(state.shelves))
    rows = connection.execute(query.group_by(C.source_id, C.folder_id))
    return Counter({(source, folder): count for source, folder, count in rows})


def _present(connection: Connection, state: CollectionState) -> set[tuple[int, int]]:
    """Folders that are there now, but for 0."""
    if not state.own:
        return set()
    query = select(F.source_id, F.folder_id).where(F.removed_at.is_(None), F.folder_id != EVERYTHING)
    return {(row.source_id, row.folder_id) for row in connection.execute(query) if row.source_id in state.own}
