"""Apply a run: rows, change log, counters and run row in ONE transaction, or nothing of it (rule R6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Insert, Row, case, delete, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.core.fingerprint import digest_of_ids, digest_of_rows
from app.core.guard import balance
from app.core.outcomes import Outcome, Reason
from app.core.plan import Plan
from app.core.records import Listing
from app.errors import Fenced, Unbalanced
from app.extensions import wiring
from app.models import HeldRemoval, ListingRow, MirrorState, ReleaseRow, Run, Source, StagedListing
from app.models.known import live_fingerprints
from app.models.stage import DERIVED, is_staged
from app.services.change_log import hide_changes_of_closed_shop, log_staged, moment
from app.services.moved_listings import losing_sources, sign_anew
from app.services.run_ledger import finish
from app.services.shop_index import ShopIndexWriter
from app.services.tombstones import mark_missing, remove

L, S = ListingRow.__table__.c, StagedListing.__table__.c
MIRRORED = [*Listing._fields, *DERIVED]


@dataclass(frozen=True, slots=True)
class Ending:
    """How the run is to end once its changes are in: for the run row and its source."""

    outcome: Outcome
    reason: Reason | None = None
    detail: str = ""
    run: Mapping[str, Any] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)
    holds: frozenset[int] = frozenset()  # ids whose removal waits for a person
    seen: frozenset[int] | None = None  # ids the fetch showed; None: the run was no fetch of the shop
    distinct: int | None = None  # distinct items the run had to account for


def apply(connection: Connection, run_id: int, source_id: int, *, plan: Plan, ending: Ending, at: datetime) -> None:
    """Write a planned run inside the caller's write transaction.

    Raises Fenced when another run took its place and Unbalanced when its ledger does not add up.
    """
    last = _fence(connection, run_id, source_id)
    has_staged = is_staged(connection, run_id)
    if has_staged or plan.removals:
        _move_version(connection, at)
    if has_staged:
        log_staged(connection, run_id, source_id, at)
        losing = losing_sources(connection, run_id, source_id)
        _store_staged(connection, run_id, source_id, at)
        sign_anew(connection, losing)
        _store_releases(connection, run_id, at)
    remove(connection, run_id, source_id, plan.removals, at)
    changed = has_staged or bool(plan.removals)
    if changed:
        hide_changes_of_closed_shop(connection, run_id, source_id, opens=bool(ending.source.get("is_active")))
    mark_missing(connection, run_id, source_id, plan, ending.seen)
    _hold(connection, run_id, ending.holds)
    digest = source_digest(connection, source_id) if changed or last is None else last.data_digest
    live_after = live_count(connection, source_id)
    distinct = plan.distinct if ending.distinct is None else ending.distinct
    if problem := balance(plan, distinct=distinct, live_after=live_after):
        raise Unbalanced(problem)
    _update_source(connection, source_id, ending.source)
    _show(connection, run_id, plan, has_staged=has_staged)
    _end(connection, run_id, plan, ending, digest=digest, live_after=live_after, at=at)


def _show(connection: Connection, run_id: int, plan: Plan, *, has_staged: bool) -> None:
    """Bring what visitors see up to the rows: also other copies of the releases that were told of."""
    index = ShopIndexWriter.of(wiring().settings)
    told_of = select(S.release_id).where(S.run_id == run_id)
    index.keep_up(connection, select(L.listing_id).where(L.release_id.in_(told_of)) if has_staged else None)
    index.keep_up(connection, plan.removals.keys())
    if has_staged:
        # All of it: runs take turns, and SQLite drops a whole table's rows without visiting them.
        connection.execute(delete(StagedListing))


def live_count(connection: Connection, source_id: int) -> int:
    """How many rows of the source are no tombstones."""
    query = select(func.count()).where(L.source_id == source_id, L.removed_at.is_(None))
    return int(connection.scalar(query) or 0)


def source_digest(connection: Connection, source_id: int) -> str:
    """The digest of the source's live rows, as a run row keeps it."""
    return digest_of_rows(live_fingerprints(connection, source_id))


def last_applied(connection: Connection, source_id: int) -> Row[Any] | None:
    """The newest run that left its mark on the source: id and data_digest."""
    query = select(Run.id, Run.data_digest).where(Run.source_id == source_id, Run.data_digest.is_not(None))
    row: Row[Any] | None = connection.execute(query.order_by(Run.id.desc()).limit(1)).one_or_none()  # type: ignore[assignment]
    return row


def _fence(connection: Connection, run_id: int, source_id: int) -> Row[Any] | None:
    """Nobody passes who was ended from outside, or whose source a newer run has written already."""
    at_work = connection.execute(
        update(Run).where(Run.id == run_id, Run.state == "running").values(waiting_for=None)
    ).rowcount
    last = last_applied(connection, source_id)
    if at_work != 1 or (last is not None and last.id > run_id):
        raise Fenced(run_id)
    return last


def _move_version(connection: Connection, at: datetime) -> None:
    """Also the queue on which runs of different sources wait, so that change numbers grow in commit order."""
    connection.execute(update(MirrorState).values(version=MirrorState.version + 1, changed_at=at))


def _store_staged(connection: Connection, run_id: int, source_id: int, at: datetime) -> None:
    staged = select(
        *(S[name] for name in MIRRORED),
        literal(source_id),
        moment(at),
        func.coalesce(S.told_at, moment(at)),
        literal(run_id),
    ).where(S.run_id == run_id)
    columns = [*MIRRORED, "source_id", "created_at", "updated_at", "updated_run_id"]
    kept = {"listing_id", "created_at"}
    statement = _upsert(connection, ListingRow, columns, staged.order_by(S.listing_id))
    fresh = {name: statement.excluded[name] for name in columns if name not in kept}
    nothing_wrong = {"removed_at": None, "removed_reason": None, "missing_since_run_id": None, "told_at": None}
    connection.execute(statement.on_conflict_do_update(index_elements=["listing_id"], set_=fresh | nothing_wrong))


def _store_releases(connection: Connection, run_id: int, at: datetime) -> None:
    """Counters ride along with rows that are written anyway; on their own they are no reason to write."""
    is_told = func.coalesce(func.max(S.community_have), func.max(S.community_want)).is_not(None)
    counted_at = case((is_told, moment(at)), else_=None)
    counted = (
        select(S.release_id, func.max(S.community_have), func.max(S.community_want), counted_at)
        .where(S.run_id == run_id)
        .group_by(S.release_id)
        .order_by(S.release_id)
    )
    columns = ["release_id", "community_have", "community_want", "counted_at"]
    statement = _upsert(connection, ReleaseRow, columns, counted)
    newest = {name: func.coalesce(statement.excluded[name], ReleaseRow.__table__.c[name]) for name in columns[1:]}
    connection.execute(statement.on_conflict_do_update(index_elements=["release_id"], set_=newest))


def _upsert(connection: Connection, table: Any, columns: Sequence[str], query: Any) -> Any:
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement: Insert = dialect.insert(table).from_select(list(columns), query)
    return statement


def _hold(connection: Connection, run_id: int, ids: frozenset[int]) -> None:
    if ids:
        connection.execute(insert(HeldRemoval), [{"run_id": run_id, "listing_id": number} for number in sorted(ids)])


def _end(
    connection: Connection,
    run_id: int,
    plan: Plan,
    ending: Ending,
    *,
    digest: str,
    live_after: int,
    at: datetime,
) -> None:
    counts = {
        "added": plan.added,
        "updated": plan.updated,
        "restored": plan.restored,
        "unchanged": plan.unchanged,
        "rejected": plan.rejected,
        "removed": len(plan.removals),
        "missing": len(plan.waiting),
        "live_before": plan.live_before,
        "live_after": live_after,
        "data_digest": digest,
        "removal_digest": digest_of_ids(plan.missing),
    }
    finish(
        connection,
        run_id,
        ending.outcome,
        at=at,
        reason=ending.reason,
        states=("running",),
        detail=ending.detail or None,
        **counts | dict(ending.run),
    )


def _update_source(connection: Connection, source_id: int, values: Mapping[str, Any]) -> None:
    """Only what is news: a run that found nothing new writes no row but its own."""
    stored = connection.execute(select(Source.__table__).where(Source.id == source_id)).one()
    news = {name: value for name, value in values.items() if getattr(stored, name) != value}
    if news:
        connection.execute(update(Source).where(Source.id == source_id).values(news))
