"""What every process may ask for: sync now, stop, confirm, undo. Who holds the lease does the work."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Row

from app.core.outcomes import Outcome, Reason
from app.core.plan import Policy
from app.errors import ConfigurationError, RunNotFound, StorageError, SyncBusy
from app.extensions import db, wiring
from app.models.transactions import write_transaction
from app.services import holds, undoing
from app.services.discogs_connection import StopSignal
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.run_ledger import RunLedger, close_orphans_if_idle
from app.services.shop_index import ShopIndexWriter
from app.services.shop_snapshot import publish
from app.services.sources import Sources

logger = logging.getLogger(__name__)
HOW_TO_CONFIGURE = (
    "Nothing to mirror yet: set DISCOGS_SELLER_USERNAME (and DISCOGS_TOKEN, from "
    "https://www.discogs.com/settings/developers) and start again. Until then the mirror serves what it holds."
)


def ledger() -> RunLedger:
    """The ledger of the current application."""
    return RunLedger(db.engine, wiring().clock)


def sources_to_sync() -> list[int]:
    """The configured seller's inventory, and that of every account with a stored credential."""
    wired = wiring()
    sources = Sources(db.engine, wired.clock)
    found = [source.id for source in sources.with_credentials()]
    if wired.settings.discogs_seller_username:
        configured = sources.configured(wired.settings.discogs_seller_username).id
        found = [configured, *(number for number in found if number != configured)]
    return found


def request_sync(
    *, trigger: str, source_id: int | None = None, limit: int | None = None, force_full: bool = False
) -> list[int]:
    """Queue a sync of one source, or of all; returns the queued runs' ids.

    Raises SyncBusy when the first of them is queued or at work already, ConfigurationError when there is none.
    """
    wanted = [source_id] if source_id is not None else sources_to_sync()
    if not wanted:
        raise ConfigurationError([HOW_TO_CONFIGURE])
    book = ledger()
    close_orphans()
    first = book.queue(wanted[0], trigger=trigger, limit=limit, is_forced=force_full)
    queued = [first]
    for number in wanted[1:]:
        if book.active_run_id(number) is None:
            queued.append(book.queue(number, trigger=trigger, limit=limit, is_forced=force_full))
    for run_id in queued:
        wiring().enqueue(run_id)
    return queued


def execute_run(run_id: int, stop: StopSignal) -> None:
    """Do a queued run, or see that it was done."""
    try:
        DiscogsSyncService(stop=stop).carry_out(run_id)
    except RunNotFound:
        return  # the mirror was emptied since the run was queued
    except StorageError as error:
        logger.error("Run %d cannot be carried out or ended: %s", run_id, error)


def request_cancel() -> int | None:
    """Ask the run that is at work (or else the next one) to stop; its id, or None when there is none."""
    book = ledger()
    run_id = book.active_run_id()
    if run_id is None or not book.request_cancel(run_id):
        return None
    return run_id


def confirm_run(run_id: int) -> int:
    """Let a held run's removals happen; the confirming run's id. Raises what `holds.confirm` raises."""
    wired = wiring()
    policy = Policy(wired.settings.inventory_sync_policy)
    confirming = holds.confirm(db.engine, wired.locks, wired.clock, run_id, policy=policy)
    publish(wired.settings)
    return confirming


def undo_run(run_id: int) -> int:
    """Take back a run's removals; the undoing run's id. Raises what `undoing.undo` raises."""
    wired = wiring()
    run = undoing.undo(db.engine, wired.locks, wired.clock, run_id)
    publish(wired.settings)
    return run


def rebuild_shop() -> int:
    """Make documents and terms of the shop anew; returns how many. Raises SyncBusy when somebody writes."""
    wired = wiring()
    lock = wired.locks.try_hold("mirror")
    if lock is None:
        raise SyncBusy(ledger().active_run_id())
    try:
        with write_transaction(db.engine) as connection:
            total = ShopIndexWriter.of(wired.settings).rebuild(connection)
    finally:
        lock.release()
    publish(wired.settings)
    return total


def queued_runs() -> list[int]:
    """Runs that wait for somebody to do them."""
    return ledger().queued()


def recent_syncs() -> list[Row[Any]]:
    """The latest syncs, the newest first."""
    return ledger().recent_syncs()


def close_orphans() -> list[int]:
    """End runs whose process is gone; none while somebody is at work."""
    return close_orphans_if_idle(ledger(), wiring().locks)


def abandon(run_id: int) -> bool:
    """End a run from outside because its process must stop now. What it does later meets the fence."""
    return ledger().close(run_id, Outcome.CANCELLED, Reason.CANCELLED_SHUTDOWN)
