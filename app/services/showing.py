"""What visitors see of a source: the owner shows it or hides it, as one more run of it. No row is touched."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select

from app.core.outcomes import Outcome
from app.core.plan import Plan
from app.errors import ShownBySettings, SourceNotFound
from app.models import Change
from app.models.locks import Locks
from app.models.streams import INVENTORY, STREAMS, Stream
from app.models.transactions import write_transaction
from app.services.mirror_version import move
from app.services.mirror_writer import Ending, apply, live_count
from app.services.run_ledger import RunLedger, give_up, sole_writer
from app.services.sources import Sources
from config import Settings

logger = logging.getLogger(__name__)


def show(
    engine: Engine, locks: Locks, clock: Callable[[], datetime], source_id: int, *, is_shown: bool, settings: Settings
) -> int | None:
    """Show or hide a source; the run that did it, None when it was so before.

    Raises SourceNotFound, ShownBySettings for the shop that the settings name, SyncBusy when somebody writes.
    """
    source = Sources(engine, clock).find(source_id)
    if source is None or source.kind != INVENTORY.kind:  # whether a collection is shown, its owner says at Discogs
        raise SourceNotFound(source_id)
    if source.is_active == is_shown:
        return None
    named = settings.discogs_seller_username or ""
    if not is_shown and source.username.casefold() == named.casefold():
        raise ShownBySettings(source.username)
    ledger, stream = RunLedger(engine, clock), STREAMS[source.kind]
    with sole_writer(ledger, locks):
        if (now := Sources(engine, clock).find(source_id)) is None or now.is_active == is_shown:
            return None  # somebody else was faster
        run_id = ledger.queue(source_id, trigger="manual", kind="confirmation")
        ledger.start(run_id)
        try:
            with write_transaction(engine) as connection:
                _turn(connection, stream, run_id, source_id, is_shown=is_shown, at=clock())
        except Exception as error:
            give_up(ledger, run_id, error)
            raise
    logger.info("The %s of %s is %s", source.kind, source.username, "shown" if is_shown else "hidden")
    return run_id


def tell_shown(connection: Connection, stream: Stream, run_id: int, source_id: int, *, seen: str, at: datetime) -> None:
    """Visitors see what a source has for sale come ("add") or go ("remove")."""
    rows = stream.rows.c
    live = select(stream.key).where(rows.source_id == source_id, rows.removed_at.is_(None))
    shown = live.where(rows.status == stream.shown_status)
    entries = [
        {
            "at": at,
            "run_id": run_id,
            "source_id": source_id,
            "item_id": number,
            "kind": "update",
            "public_kind": seen,
            "fields": "{}",
        }
        for number in connection.scalars(shown.order_by(stream.key))
    ]
    if entries:
        connection.execute(insert(Change), entries)


def _turn(connection: Connection, stream: Stream, run_id: int, source_id: int, *, is_shown: bool, at: datetime) -> None:
    move(connection, stream, at)
    if stream is INVENTORY:
        tell_shown(connection, stream, run_id, source_id, seen="add" if is_shown else "remove", at=at)
    live = live_count(connection, stream, source_id)
    nothing = Plan(added=0, updated=0, restored=0, unchanged=0, rejected=0, live_before=live, overlap=live)
    detail = "the owner shows it" if is_shown else "the owner hides it"
    ending = Ending(Outcome.APPLIED, detail=detail, source={"is_active": is_shown})
    apply(connection, stream, run_id, source_id, plan=nothing, ending=ending, at=at)
