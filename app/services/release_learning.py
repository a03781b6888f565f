"""What rows that are written tell of their releases by the way: counters of listings, facts of copies and wants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, or_, select

from app.models import ReleaseRow
from app.models.inserting import insert_into
from app.models.stage import COUNTERS
from app.models.streams import Stream
from app.services.change_log import moment

R = ReleaseRow.__table__.c
# What is known of a release, and which column of a copy or a want tells it.
FACTS = {"genres": "genres", "styles": "styles", "master_id": "master_id", "formats": "format"}
# Discogs' website cuts the formats off at this many characters, wherever that is.
CUT_AT = 50


def learn(connection: Connection, stream: Stream, run_id: int, at: datetime, *, is_news: bool) -> Sequence[int]:
    """Keep what the staged rows of the run tell. Not `is_news`: it may be old, and only fills gaps.

    Returns the releases of which another fact is known now.
    """
    if COUNTERS[0] in stream.staged.c:
        _learn_counters(connection, stream, run_id, at)
        return ()
    return _learn_facts(connection, stream, run_id, is_news=is_news)


def _learn_counters(connection: Connection, stream: Stream, run_id: int, at: datetime) -> None:
    """Counters ride along with rows that are written anyway; on their own they are no reason to write."""
    staged = stream.staged.c
    is_told = func.coalesce(*(func.max(staged[name]) for name in COUNTERS)).is_not(None)
    counted_at = case((is_told, moment(at)), else_=None)
    counted = (
        select(staged.release_id, *(func.max(staged[name]) for name in COUNTERS), counted_at)
        .where(staged.run_id == run_id)
        .group_by(staged.release_id)
        .order_by(staged.release_id)
    )
    columns = ["release_id", *COUNTERS, "counted_at"]
    statement = upsert(connection, ReleaseRow, columns, counted)
    newest = {name: func.coalesce(statement.excluded[name], R[name]) for name in columns[1:]}
    connection.execute(statement.on_conflict_do_update(index_elements=["release_id"], set_=newest))


def _learn_facts(connection: Connection, stream: Stream, run_id: int, *, is_news: bool) -> Sequence[int]:
    """Basic information knows no country and no barcode: what is known of these stays."""
    staged = stream.staged.c
    columns: dict[str, Any] = {name: staged[column] for name, column in FACTS.items()}
    if not is_news:
        columns["formats"] = case((func.length(staged.format) < CUT_AT, staged.format))
    told = (
        select(staged.release_id, *(func.max(column) for column in columns.values()))
        .where(staged.run_id == run_id)
        .group_by(staged.release_id)
        .order_by(staged.release_id)
    )
    statement = upsert(connection, ReleaseRow, ["release_id", *FACTS], told)
    pairs = {name: (statement.excluded[name], R[name]) for name in FACTS}
    best = {name: func.coalesce(*(pair if is_news else pair[::-1])) for name, pair in pairs.items()}
    differs = or_(*(R[name].is_distinct_from(value) for name, value in best.items()))
    learning = statement.on_conflict_do_update(index_elements=["release_id"], set_=best, where=differs)
    return connection.scalars(learning.returning(R.release_id)).all()


def upsert(connection: Connection, table: Any, columns: Sequence[str], query: Any) -> Any:
    """INSERT … SELECT in the dialect that knows what to do on a conflict."""
    return insert_into(connection, table).from_select(list(columns), query)
