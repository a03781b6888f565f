"""The versions of what is shown: the shop has one and the collections have one, so that neither moves the other.

Both stand in one row, which is also the queue on which everybody waits who writes what is shown: so change numbers grow
in commit order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from app.models import CopyRow, ListingRow, MirrorState
from app.models.streams import INVENTORY, Stream

CHUNK = 500


def take_turn_in_queue(connection: Connection) -> None:
    """Wait for whoever writes what is shown; it may turn out that nothing moves."""
    connection.scalar(select(MirrorState.id).with_for_update())


def move(connection: Connection, stream: Stream, at: datetime) -> None:
    """Rows of the stream change."""
    if stream is INVENTORY:
        move_shop(connection, at)
    else:
        move_shelves(connection, at)


def move_shop(connection: Connection, at: datetime) -> None:
    """Something that the shop shows changes."""
    connection.execute(update(MirrorState).values(version=MirrorState.version + 1, changed_at=at))


def move_shelves(connection: Connection, at: datetime) -> None:
    """Something that collections or wantlists show changes."""
    values: dict[str, Any] = {"shelf_version": MirrorState.shelf_version + 1, "shelf_changed_at": at}
    connection.execute(update(MirrorState).values(values))


def move_where_shown(connection: Connection, release_ids: Collection[int], at: datetime) -> None:
    """Something else is known of these releases: it shows with their listings and with their copies."""
    if listed_among(connection, release_ids):
        move_shop(connection, at)
    if _among(connection, CopyRow.__table__.c.release_id, release_ids):
        move_shelves(connection, at)


def listed_among(connection: Connection, release_ids: Collection[int]) -> list[int]:
    """Those of the releases that listings are of, were they sold long ago: even these have a page."""
    return _among(connection, ListingRow.__table__.c.release_id, release_ids)


def _among(connection: Connection, column: ColumnElement[Any], release_ids: Collection[int]) -> list[int]:
    return [number for chunk in _chunks(release_ids) for number in connection.scalars(_distinct(column, chunk))]


def _distinct(column: ColumnElement[Any], chunk: Collection[int]) -> Any:
    return select(column).distinct().where(column.in_(chunk)).order_by(column)


def _chunks(release_ids: Collection[int]) -> Iterator[list[int]]:
    remaining = iter(sorted(release_ids))
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
