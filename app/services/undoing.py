"""Take back the removals of a run: its tombstones are lifted, as one more run of the same source."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, func, insert, literal, select

from app.core.outcomes import Outcome
from app.core.plan import Plan, Verdict
from app.errors import NothingToUndo, SyncBusy
from app.models import Change
from app.models.locks import Locks
from app.models.stage import staged_count
from app.models.streams import Stream, stream_of
from app.models.transactions import write_transaction
from app.services.mirror_writer import Ending, apply, live_count
from app.services.run_ledger import RunLedger, give_up, sole_writer

logger = logging.getLogger(__name__)
C = Change.__table__.c


def undo(engine: Engine, locks: Locks, clock: Callable[[], datetime], run_id: int) -> int:
    """Restore what the run removed and nothing has touched since. Returns the undoing run's id.

    Its `restored` counts the rows that are back, its `unchanged` those that were left alone: they came back before,
    or were removed again by a later run. What the run added or changed stays.
    Raises RunNotFound, NothingToUndo when the run removed nothing, SyncBusy when somebody writes.
    """
    ledger = RunLedger(engine, clock)
    undone = ledger.get(run_id)
    if undone.state != "finished":
        raise SyncBusy(run_id)
    if not undone.removed:
        raise NothingToUndo(run_id)
    with sole_writer(ledger, locks):
        undoing = ledger.queue(undone.source_id, trigger="undo", kind="undo", undoes_run_id=run_id)
        ledger.start(undoing)
        try:
            with write_transaction(engine) as connection:
                _take_back(connection, undone, undoing, clock())
        except Exception as error:
            give_up(ledger, undoing, error)
            raise
    return undoing


def _take_back(connection: Connection, undone: Row[Any], undoing: int, at: datetime) -> None:
    stream = stream_of(connection, undone.source_id)
    live = live_count(connection, stream, undone.source_id)
    restored = _stage_tombstones(connection, stream, undone, undoing)
    removed = int(connection.scalar(select(func.count()).select_from(_removed_by(undone).subquery())) or 0)
    left_alone = removed - restored
    plan = Plan(
        added=0,
        updated=0,
        restored=restored,
        unchanged=left_alone,
        rejected=0,
        live_before=live,
        overlap=left_alone,
    )
    detail = f"takes back {restored} of the {removed} removals of run {undone.id}"
    if left_alone:
        detail += f"; {left_alone} came back or were removed anew since and are left alone"
    ending = Ending(Outcome.APPLIED, detail=detail, run={"view": undone.view})
    apply(connection, stream, undoing, undone.source_id, plan=plan, ending=ending, at=at)
    logger.info("Undo: %s", detail)


def _stage_tombstones(connection: Connection, stream: Stream, undone: Row[Any], undoing: int) -> int:
    """Stage the rows as they were when they went; their counters are no news, so none are told."""
    rows, names = stream.rows.c, stream.mirrored
    tombstones = select(literal(undoing), literal(str(Verdict.RESTORE)), *(rows[name] for name in names)).where(
        stream.key.in_(_removed_by(undone)),
        rows.source_id == undone.source_id,
        rows.removed_at.is_not(None),
        rows.updated_run_id == undone.id,  # nobody touched it since
    )
    connection.execute(insert(stream.staged).from_select(["run_id", "verdict", *names], tombstones))
    return staged_count(connection, stream, undoing)


def _removed_by(run: Row[Any]) -> Select[int]:
    """The ids that the change log says the run removed from its source."""
    return select(C.item_id).where(C.run_id == run.id, C.source_id == run.source_id, C.kind == "remove")
