"""A person says of a held run that its removals shall not happen: nothing leaves, and the doubt begins from anew."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine, select, update

from app.core.outcomes import Outcome
from app.errors import RunNotHeld
from app.models import HeldRemoval, Run
from app.models.locks import Locks
from app.models.streams import stream_of
from app.models.transactions import write_transaction
from app.services.run_items import held_runs
from app.services.run_ledger import RunLedger, sole_writer

logger = logging.getLogger(__name__)


def dismiss(engine: Engine, locks: Locks, clock: Callable[[], datetime], run_id: int) -> None:
    """Take a held run from the table: its rows stay, and no later look agrees with it.

    What it missed counts as never missed: it takes two new looks, or a look and a word of Discogs, to remove it.
    Raises RunNotFound, RunNotHeld when it waits for nobody (any more), SyncBusy when somebody writes.
    """
    ledger = RunLedger(engine, clock)
    held = ledger.get(run_id)
    if held.outcome != Outcome.HELD or held.dismissed_at is not None:
        raise RunNotHeld(run_id, held.outcome)
    with sole_writer(ledger, locks), write_transaction(engine) as connection:
        if connection.execute(held_runs().where(Run.id == run_id)).one_or_none() is None:
            raise RunNotHeld(run_id, held.outcome)
        connection.execute(update(Run).where(Run.id == run_id).values(dismissed_at=clock()))
        stream = stream_of(connection, held.source_id)
        missed = select(HeldRemoval.item_id).where(HeldRemoval.run_id == run_id)
        marks = update(stream.rows).where(stream.key.in_(missed), stream.rivals(held.source_id))
        connection.execute(marks.values(missing_since_run_id=None))
    logger.info("Run %d was dismissed: what it held back stays", run_id)
