"""Collections in numbers and bars."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict

from sqlalchemy import ColumnElement, Connection, func, select

from app.core.genres import genre_values, listed_values
from app.errors import CollectionPrivate
from app.extensions import Wiring
from app.models import CopyRow, WantRow
from app.models.days import MONTH, day_of
from app.search.shelf import active_in
from app.services.bars import UNKNOWN, AnyRow, Bar, bars_of, by_decade, format_label, longest_first
from app.services.collection_state import WANTLIST, CollectionState, Viewer, collection_state
from app.services.freshness import freshness
from app.services.shop_statistics import LastSync, iso, last_sync_of

C, W = CopyRow.__table__.c, WantRow.__table__.c


class CollectionStatistics(TypedDict):
    """`total_albums` counts every album ever seen, all else what is there now. Times are ISO 8601.

    An album of several genres counts with each. `want` is None to those who may not see the wantlist.
    """

    total_albums: int
    total_artists: int
    total_releases: int
    have: int
    want: int | None
    owners: list[str]
    last_updated: str | None
    last_sync: LastSync | None
    age_seconds: int | None
    stale: bool
    by_genre: list[Bar]
    by_style: list[Bar]
    by_decade: list[Bar]
    by_format: list[Bar]
    by_rating: list[Bar]
    added_by_month: list[Bar]


def statistics_of_collection(
    connection: Connection, state: CollectionState, wired: Wiring, viewer: Viewer
) -> CollectionStatistics:
    """All numbers of one state, in eleven statements whatever its size."""
    shown = active_in(state.shelves)
    age = freshness(connection, state.shelves, wired.settings, wired.clock())
    ever, active, artists, releases = connection.execute(_totals(state)).one()
    month = day_of(C.added_at, connection.dialect.name, MONTH)
    return CollectionStatistics(
        total_albums=ever,
        total_artists=artists,
        total_releases=releases,
        have=active,
        want=_wanted(connection, wired, viewer),
        owners=[shelf.owner for _, shelf in sorted(state.shelves.items())],
        last_updated=iso(state.changed_at),
        last_sync=last_sync_of(age.last_sync),
        age_seconds=age.age_s,
        stale=age.is_stale,
        by_genre=longest_first(_counted(connection, shown, C.genres), genre_values),
        by_style=longest_first(_counted(connection, shown, C.styles), listed_values),
        by_decade=by_decade(_counted(connection, shown, C.year - C.year % 10)),
        by_format=longest_first(_counted(connection, shown, C.format), format_label),
        by_rating=_in_order(_counted(connection, shown, C.rating), reverse=True),
        added_by_month=_in_order(_counted(connection, shown, month)),
    )


def _totals(state: CollectionState) -> Any:
    is_here = C.removed_at.is_(None)
    return select(
        func.count(),
        func.count().filter(is_here),
        func.count(C.artist.distinct()).filter(is_here),
        func.count(C.release_id.distinct()).filter(is_here),
    ).where(C.source_id.in_(sorted(state.shelves)))


def _counted(connection: Connection, shown: ColumnElement[bool], column: ColumnElement[Any]) -> list[AnyRow]:
    """(value of the column, number of albums that have it)."""
    return list(connection.execute(select(column, func.count()).where(shown).group_by(column)))


def _in_order(rows: Iterable[AnyRow], *, reverse: bool = False) -> list[Bar]:
    counts = dict(tuple(row) for row in rows)
    unknown = counts.pop(None, 0)
    return bars_of([*((str(value), counts[value]) for value in sorted(counts, reverse=reverse)), (UNKNOWN, unknown)])


def _wanted(connection: Connection, wired: Wiring, viewer: Viewer) -> int | None:
    """How many releases are wanted; None when the viewer may not know."""
    try:
        state = collection_state(connection, wired.settings, viewer, WANTLIST)
    except CollectionPrivate:
        return None
    if not state.shelves:
        return None
    query = select(func.count()).where(W.source_id.in_(sorted(state.shelves)), W.removed_at.is_(None))
    return int(connection.scalar(query) or 0)
