"""What every process may ask for: sync now, stop, confirm, dismiss, undo. Who holds the lease does the work."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Row

from app.core.outcomes import Outcome, Reason
from app.errors import ConfigurationError, RunNotFound, StorageError, SyncBusy
from app.extensions import db, wiring
from app.models.streams import INVENTORY, STREAMS, stream_of
from app.models.transactions import read_transaction, write_transaction
from app.services import dismissing, holds, showing, undoing
from app.services.discogs_connection import StopSignal
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.mirror_version import move_shop
from app.services.publishing import publish
from app.services.readings import policy_of
from app.services.run_ledger import RunLedger, close_orphans_if_idle
from app.services.shop_index import ShopIndexWriter
from app.services.sources import Sources

logger = logging.getLogger(__name__)
KINDS = tuple(STREAMS)
AUTOMATIC = frozenset({"startup", "hourly"})
HOW_TO_CONFIGURE = (
    "Nothing to mirror yet: set DISCOGS_SELLER_USERNAME (and DISCOGS_TOKEN, from "
    "https://www.discogs.com/settings/developers) and start again. Until then the mirror serves what it holds."
)


def ledger() -> RunLedger:
    """The ledger of the current application."""
    return RunLedger(db.engine, wiring().clock)


def sources_to_sync(kind: str | None = None) -> list[int]:
    """What the settings name, and what every account with a stored credential has; of one kind, or of all.

    The shops come first, so that nothing keeps them waiting.
    """
    wired = wiring()
    sources, settings = Sources(db.engine, wired.clock), wired.settings
    accounts = [source.username for source in sources.with_credentials()]
    found: list[int] = []
    for each in STREAMS if kind is None else [kind]:
        if each == INVENTORY.kind:
            named = settings.discogs_seller_username
            configured = [sources.configured(named)] if named else []
            found += [source.id for source in (*configured, *sources.with_credentials())]
        else:
            named = settings.discogs_collection_username
            found += [sources.shelf_of(username, each).id for username in filter(None, (named, *accounts))]
    return list(dict.fromkeys(found))


def request_sync(
    *,
    trigger: str,
    kind: str | None = None,
    limit: int | None = None,
    force_full: bool = False,
    adds_only: bool | None = None,
) -> list[int]:
    """Queue a sync of all sources, or of those of one kind; returns the queued runs' ids.

    With `adds_only` it changes and removes nothing, whatever the policies of the sources say.

    A source that is queued or at work already is left out. Raises SyncBusy when all are, or, when a person asks, any
    of them is; ConfigurationError when there is none. One that somebody else queues at the same moment is left out too.
    """
    wanted = sources_to_sync(kind)
    if not wanted:
        raise ConfigurationError([HOW_TO_CONFIGURE])
    book = ledger()
    close_orphans()
    active = {number: run_id for number in wanted if (run_id := book.active_run_id(number)) is not None}
    if active and (trigger not in AUTOMATIC or len(active) == len(wanted)):
        raise SyncBusy(*active.values())
    idle = [number for number in wanted if number not in active]
    asked: dict[str, Any] = {"trigger": trigger, "limit": limit, "is_forced": force_full, "adds_only": adds_only}
    queued: list[int] = []
    for number in idle:
        try:
            run_id = book.queue(number, **asked)
        except SyncBusy:
            if not queued and number == idle[-1]:
                raise
            continue
        wiring().enqueue(run_id)
        queued.append(run_id)
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
    """Ask the run that is at work to stop, and give up those that wait; the first one's id, or None."""
    book = ledger()
    stopped = [run_id for run_id in book.active_run_ids() if book.request_cancel(run_id)]
    return stopped[0] if stopped else None


def confirm_run(run_id: int) -> int:
    """Let a held run's removals happen; the confirming run's id. Raises what `holds.confirm` raises."""
    wired = wiring()
    held = ledger().get(run_id)
    with read_transaction(db.engine) as connection:
        policy = policy_of(wired.settings, stream_of(connection, held.source_id))
    confirming = holds.confirm(db.engine, wired.locks, wired.clock, run_id, policy=policy)
    publish(wired.settings)
    return confirming


def dismiss_run(run_id: int) -> None:
    """Let a held run's removals never happen. Raises what `dismissing.dismiss` raises."""
    wired = wiring()
    dismissing.dismiss(db.engine, wired.locks, wired.clock, run_id)


def undo_run(run_id: int) -> int:
    """Take back a run's removals; the undoing run's id. Raises what `undoing.undo` raises."""
    wired = wiring()
    run = undoing.undo(db.engine, wired.locks, wired.clock, run_id)
    publish(wired.settings)
    return run


def show_source(source_id: int, *, is_shown: bool) -> None:
    """Show or hide what a source has. Raises what `showing.show` raises."""
    wired = wiring()
    showing.show(db.engine, wired.locks, wired.clock, source_id, is_shown=is_shown, settings=wired.settings)
    publish(wired.settings)


def rebuild_shop() -> int:
    """Make documents and terms of the shop anew; returns how many. Raises SyncBusy when somebody writes."""
    wired = wiring()
    lock = wired.locks.try_hold("mirror")
    if lock is None:
        raise SyncBusy(ledger().active_run_id())
    try:
        with write_transaction(db.engine) as connection:
            move_shop(connection, wired.clock())  # whatever was made of the old documents is of another state now
            total = ShopIndexWriter.of(wired.settings).rebuild(connection)
    finally:
        lock.release()
    publish(wired.settings)
    return total


def queued_runs() -> list[int]:
    """Runs that wait for somebody to do them."""
    return ledger().queued()


def recent_syncs() -> list[Row[Any]]:
    """The latest syncs of the source that each round begins with, the newest first."""
    first = next(iter(sources_to_sync()), None)
    return ledger().recent_syncs(first)


def close_orphans() -> list[int]:
    """End runs whose process is gone; none while somebody is at work."""
    return close_orphans_if_idle(ledger(), wiring().locks)


def abandon(run_id: int) -> bool:
    """End a run from outside because its process must stop now. What it does later meets the fence."""
    return ledger().close(run_id, Outcome.CANCELLED, Reason.CANCELLED_SHUTDOWN)
