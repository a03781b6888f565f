"""Held runs: what a second look says about them, and how a person lets them go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, or_, select, true, update

from app.core.fingerprint import digest_of_ids
from app.core.guard import EarlierLooks
from app.core.outcomes import Outcome, Reason, RemovalReason
from app.core.plan import Plan, Policy
from app.errors import NothingMayLeave, PlanChanged, RunNotHeld
from app.models import HeldRemoval, Run, Source
from app.models.locks import Locks
from app.models.streams import STREAMS, Stream
from app.models.transactions import read_transaction, write_transaction
from app.services.mirror_version import move_shop
from app.services.mirror_writer import Ending, apply, last_applied, live_count
from app.services.removals import last_known
from app.services.run_items import applied_since
from app.services.run_ledger import RunLedger, give_up, sole_writer
from app.services.showing import tell_shown

# Two hourly runs start a moment less or more than an hour apart.
ALMOST = 0.95
MOST_LOOKED_BACK = 500


def earlier_looks(engine: Engine, run_id: int, source_id: int, *, at_least: timedelta) -> EarlierLooks:
    """What the complete runs before this one held, without a gap, back to `at_least` ago.

    What was agreed before a person undid or dismissed a run counts no more. Runs that only add judge no absence.
    """
    judged = and_(Run.kind == "sync", Run.is_complete.is_(true()), Run.adds_only.is_not(true()))
    looked = or_(judged, Run.kind == "undo")
    query = (
        select(Run.id, Run.outcome, Run.reason, Run.removal_digest, Run.started_at, Run.has_identity, Run.dismissed_at)
        .where(Run.source_id == source_id, Run.id < run_id, looked)
        .order_by(Run.id.desc())
    )
    with read_transaction(engine) as connection:
        now = connection.scalar(select(Run.started_at).where(Run.id == run_id))
        rows = connection.execute(query.limit(MOST_LOOKED_BACK)).all()
        if not rows or rows[0].outcome != Outcome.HELD or rows[0].dismissed_at is not None:
            return EarlierLooks()
        reason, digest = Reason(rows[0].reason), rows[0].removal_digest
        held = agreed = _held_by(connection, rows[0].id)
        for row in rows:
            if row.outcome != Outcome.HELD or not row.has_identity or row.dismissed_at is not None:
                break
            if row.removal_digest != digest:
                agreed, digest = agreed & _held_by(connection, row.id), row.removal_digest
            if now is not None and row.started_at <= now - at_least * ALMOST:
                return EarlierLooks(reason, held, agreed)
    return EarlierLooks(reason, held)


def _held_by(connection: Connection, run_id: int) -> frozenset[int]:
    return frozenset(connection.scalars(select(HeldRemoval.item_id).where(HeldRemoval.run_id == run_id)))


def confirm(engine: Engine, locks: Locks, clock: Callable[[], datetime], run_id: int, *, policy: Policy) -> int:
    """Let a held run's removals happen, once, exactly as it planned them. Returns the confirming run's id.

    Whatever goes wrong, the run is still held afterwards and can be confirmed again. Raises RunNotFound, RunNotHeld,
    NothingMayLeave when the source only ever adds by now, PlanChanged when the mirror moved on, SyncBusy when somebody
    writes.
    """
    ledger = RunLedger(engine, clock)
    held = ledger.get(run_id)
    if held.outcome != Outcome.HELD or held.dismissed_at is not None:
        raise RunNotHeld(run_id, held.outcome)
    if policy is Policy.ADD_ONLY and held.removal_digest != digest_of_ids(()):
        raise NothingMayLeave(run_id)
    with sole_writer(ledger, locks):
        confirming = ledger.queue(held.source_id, trigger="confirm", kind="confirmation", confirms_run_id=run_id)
        ledger.start(confirming)
        try:
            with write_transaction(engine) as connection:
                _apply_held(connection, held, confirming, clock(), engine)
        except Exception as error:
            give_up(ledger, confirming, error)
            raise
        return confirming


def _apply_held(connection: Connection, held: Row[Any], confirming: int, at: datetime, engine: Engine) -> None:
    source = connection.execute(select(Source.__table__).where(Source.id == held.source_id)).one()
    if connection.scalar(select(Run.dismissed_at).where(Run.id == held.id)) is not None:
        raise RunNotHeld(held.id, held.outcome)  # somebody was quicker
    stream = STREAMS[source.kind]
    rows = stream.rows.c
    ids = frozenset(
        connection.scalars(
            select(HeldRemoval.item_id)
            .join(stream.rows, stream.key == HeldRemoval.item_id)
            .where(HeldRemoval.run_id == held.id, rows.removed_at.is_(None), rows.source_id == held.source_id)
        )
    )
    newer = connection.scalar(select(applied_since().exists()).where(Run.id == held.id))
    if newer or digest_of_ids(ids) != held.removal_digest:
        last = last_applied(connection, held.source_id)
        raise PlanChanged(held.id, last.id if last else None)
    known = last_known(engine, stream, held.source_id, ids)
    live = live_count(connection, stream, held.source_id)
    plan = Plan(
        added=0,
        updated=0,
        restored=0,
        unchanged=0,
        rejected=0,
        live_before=live,
        overlap=live - len(ids),
        missing=ids,
        removals={number: known[number].reason if number in known else RemovalReason.UNKNOWN for number in ids},
    )
    facts: dict[str, Any] = {}
    if held.reason == Reason.GUARD_CONFIG:
        facts = {"config_digest": None}
        if not source.is_active:
            _show_instead(connection, stream, confirming, source, at)
            facts["is_active"] = True
    apply(
        connection,
        stream,
        confirming,
        held.source_id,
        plan=plan,
        ending=Ending(Outcome.APPLIED, detail=f"confirms run {held.id}", source=facts, run={"view": held.view}),
        at=at,
    )


def _show_instead(connection: Connection, stream: Stream, run_id: int, source: Row[Any], at: datetime) -> None:
    """Swap the shops: visitors see this source's listings come and the others' go. No row is touched."""
    others = list(
        connection.scalars(
            select(Source.id).where(Source.kind == source.kind, Source.is_active, Source.id != source.id)
        )
    )
    connection.execute(update(Source).where(Source.id.in_(others)).values(is_active=False))
    move_shop(connection, at)
    for source_id, seen in [*((number, "remove") for number in others), (source.id, "add")]:
        tell_shown(connection, stream, run_id, source_id, seen=seen, at=at)
