"""The run of an import: nobody else writes the mirror meanwhile, and it ends whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from app.core.outcomes import Outcome, Reason
from app.errors import StorageError, SyncBusy
from app.extensions import Wiring
from app.models.locks import Locks
from app.services.run_ledger import RunLedger

logger = logging.getLogger(__name__)


@contextmanager
def sole_writer(wired: Wiring, engine: Engine) -> Iterator[RunLedger]:
    """The ledger, for as long as nobody else may write. Raises SyncBusy when somebody does."""
    ledger = RunLedger(engine, wired.clock)
    lock = wired.locks.try_hold("mirror")
    if lock is None:
        raise SyncBusy(ledger.active_run_id())
    try:
        ledger.close_orphans()
        yield ledger
    finally:
        lock.release()


def begin(ledger: RunLedger, locks: Locks, source_id: int) -> int:
    """A run of the source, at work. Raises SyncBusy when another waits that a server will do."""
    try:
        run_id = ledger.queue(source_id, trigger="import", kind="import")
    except SyncBusy as busy:
        _end_abandoned(ledger, locks, busy)
        run_id = ledger.queue(source_id, trigger="import", kind="import")
    ledger.start(run_id)
    return run_id


def give_up(ledger: RunLedger, run_id: int, error: BaseException) -> None:
    """End a run that stored nothing because of `error`."""
    is_stopped = isinstance(error, KeyboardInterrupt | SystemExit)
    outcome, reason = (Outcome.CANCELLED, Reason.CANCELLED_USER) if is_stopped else (Outcome.FAILED, None)
    try:
        ledger.close(run_id, outcome, reason, f"{type(error).__name__}: nothing was stored")
    except StorageError as refusal:
        # The run's first error matters more; who writes next closes the orphan.
        logger.warning("Run %s could not be closed: %s", run_id, refusal)


def _end_abandoned(ledger: RunLedger, locks: Locks, busy: SyncBusy) -> None:
    """A queued run whose server is gone would block imports for ever; with a server about, it is next."""
    lease = locks.try_hold("scheduler")
    if lease is None or busy.run_id is None:
        raise busy
    try:
        ledger.close(busy.run_id, Outcome.INTERRUPTED, detail="no server was there to do it")
    finally:
        lease.release()
