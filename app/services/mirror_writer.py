"""Apply a run: rows, change log, counters and run row in ONE transaction, or nothing of it (rule R6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, literal, select, update

from app.core.fingerprint import digest_of_ids, digest_of_rows
from app.core.guard import balance
from app.core.outcomes import Outcome, Reason
from app.core.plan import Plan
from app.errors import Fenced, Unbalanced
from app.extensions import wiring
from app.models import HeldRemoval, ListingRow, Run, Source
from app.models.known import live_fingerprints
from app.models.stage import is_staged
from app.models.streams import INVENTORY, Stream
from app.services.change_log import hide_changes_of_closed_shop, log_staged, moment
from app.services.enrichment_providers import wished
from app.services.enrichment_queue import enqueue
from app.services.mirror_version import listed_among, move, move_shop
from app.services.moved_listings import losing_sources, sign_anew
from app.services.own_sources import own_sources
from app.services.release_learning import learn, upsert
from app.services.run_ledger import finish
from app.services.shelf_adoption import Adopted, adopt
from app.services.shop_index import ShopIndexWriter
from app.services.tombstones import mark_missing, remove

L = ListingRow.__table__.c


@dataclass(frozen=True, slots=True)
class Ending:
    """How the run is to end once its changes are in: for the run row and its source."""

    outcome: Outcome
    reason: Reason | None = None
    detail: str = ""
    run: Mapping[str, Any] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)
    holds: frozenset[int] = frozenset()  # ids whose removal waits for a person
    seen: frozenset[int] | None = None  # ids the fetch showed; None: the run was no fetch
    distinct: int | None = None  # distinct items the run had to account for
    is_doubtful: bool = False  # somebody may have changed the rows since they were signed
    adopted: Mapping[int, Adopted] = field(default_factory=dict)  # copies that a file told of first, by their numbers


def apply(
    connection: Connection, stream: Stream, run_id: int, source_id: int, *, plan: Plan, ending: Ending, at: datetime
) -> None:
    """Write a planned run inside the caller's write transaction.

    Raises Fenced when another run took its place and Unbalanced when its ledger does not add up.
    """
    last = _fence(connection, run_id, source_id)
    has_staged = is_staged(connection, stream, run_id)
    changed = has_staged or bool(plan.removals) or bool(ending.adopted)
    if changed:
        move(connection, stream, at)
    adopt(connection, source_id, ending.adopted)
    news: Collection[int] = ()
    if has_staged:
        log_staged(connection, stream, run_id, source_id, at)
        losing = losing_sources(connection, run_id, source_id) if stream.is_key_global else []
        _store_staged(connection, stream, run_id, source_id, at)
        sign_anew(connection, losing)
        news = learn(connection, stream, run_id, at, is_news=ending.seen is not None)
    remove(connection, stream, run_id, source_id, removals=plan.removals, at=at)
    if changed:
        hide_changes_of_closed_shop(connection, run_id, source_id, opens=bool(ending.source.get("is_active")))
    mark_missing(connection, stream, run_id, source_id, plan=plan, seen=ending.seen)
    _hold(connection, run_id, ending.holds)
    is_signed = last is not None and not (changed or ending.is_doubtful)
    digest = last.data_digest if last and is_signed else source_digest(connection, stream, source_id)
    live_after = live_count(connection, stream, source_id)
    distinct = plan.distinct if ending.distinct is None else ending.distinct
    if problem := balance(plan, distinct=distinct, live_after=live_after):
        raise Unbalanced(problem)
    _update_source(connection, source_id, ending.source)
    if has_staged:  # a source that opens with this run is shown by now
        settings = wiring().settings
        ours = own_sources(settings)
        enqueue(connection, stream, run_id, source_id, wished=wished(settings), ours=ours, at=at)
    _show(connection, stream, run_id, plan, at=at, releases=news, has_staged=has_staged)
    _end(connection, run_id, plan, ending, digest=digest, live_after=live_after, at=at)


def _show(
    connection: Connection,
    stream: Stream,
    run_id: int,
    plan: Plan,
    *,
    at: datetime,
    releases: Collection[int],
    has_staged: bool,
) -> None:
    """Bring what visitors of the shop see up to the rows: also other listings of the `releases` that are news."""
    index = ShopIndexWriter.of(wiring().settings)
    if stream is INVENTORY:
        told_of = select(stream.staged.c.release_id).where(stream.staged.c.run_id == run_id)
        index.keep_up(connection, select(L.listing_id).where(L.release_id.in_(told_of)) if has_staged else None)
        index.keep_up(connection, plan.removals.keys())
    elif listed := listed_among(connection, releases):
        move_shop(connection, at)
        index.keep_up_with_releases(connection, listed)
    else:
        index.keep_up(connection, None)
    if has_staged:
        # All of it: runs take turns, and SQLite drops a whole table's rows without visiting them.
        connection.execute(delete(stream.staged))


def live_count(connection: Connection, stream: Stream, source_id: int) -> int:
    """How many rows of the source are no tombstones."""
    query = select(func.count()).where(stream.rows.c.source_id == source_id, stream.rows.c.removed_at.is_(None))
    return int(connection.scalar(query) or 0)


def source_digest(connection: Connection, stream: Stream, source_id: int) -> str:
    """The digest of the source's live rows, as a run row keeps it."""
    return digest_of_rows(live_fingerprints(connection, stream, source_id))


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


def _store_staged(connection: Connection, stream: Stream, run_id: int, source_id: int, at: datetime) -> None:
    waiting = stream.staged.c
    staged = select(
        *(waiting[name] for name in stream.mirrored),
        literal(source_id),
        moment(at),
        func.coalesce(waiting.told_at, moment(at)),
        literal(run_id),
    ).where(waiting.run_id == run_id)
    columns = [*stream.mirrored, "source_id", "created_at", "updated_at", "updated_run_id"]
    kept = {*stream.identity, "created_at"}
    statement = upsert(connection, stream.rows, columns, staged.order_by(stream.staged_key))
    fresh = {name: statement.excluded[name] for name in columns if name not in kept}
    nothing_wrong = {"removed_at": None, "removed_reason": None, "missing_since_run_id": None, "told_at": None}
    connection.execute(statement.on_conflict_do_update(index_elements=stream.identity, set_=fresh | nothing_wrong))


def _hold(connection: Connection, run_id: int, ids: frozenset[int]) -> None:
    if ids:
        connection.execute(insert(HeldRemoval), [{"run_id": run_id, "item_id": number} for number in sorted(ids)])


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
