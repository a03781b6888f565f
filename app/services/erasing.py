"""An account goes with everything that was kept of it, but for what visitors were told of its shop, and that it went.

No sync does this: a person asks for it, and there is a backup of what was before.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, select, update

from app.errors import AccountKept, AccountNotFound
from app.extensions import db, wiring
from app.models import (
    Account,
    Change,
    CollectionValueRow,
    CopyRow,
    FieldRow,
    FolderRow,
    HeldRemoval,
    ListingRow,
    QuarantinedItem,
    Run,
    Source,
    StagedCopy,
    StagedListing,
    StagedWant,
    WantRow,
    WebSession,
)
from app.models.streams import INVENTORY
from app.models.transactions import read_transaction, write_transaction
from app.models.write_ahead import empty_write_ahead_log
from app.search.dialects import settle
from app.services import backups
from app.services.account_names import goes_by
from app.services.erased_accounts import nobody
from app.services.erased_jobs import erase_jobs
from app.services.job_results import JobResults
from app.services.mirror_version import move_shelves, move_shop
from app.services.run_ledger import RunLedger, sole_writer
from config import Settings

logger = logging.getLogger(__name__)
CHUNK = 500
ON_SHELVES = (CopyRow, WantRow, FolderRow, FieldRow, CollectionValueRow)
HANGING_ON_RUNS = (HeldRemoval, QuarantinedItem, StagedListing, StagedCopy, StagedWant)
# Gone with all that was known of it; who follows the changes keeps the numbers he was told.
CLEARED = {"kind": "clear", "fields": "{}"}
SAYS_NOTHING: dict[str, Any] = dict.fromkeys(("data_digest", "detail", "latest_item", "live_before", "live_after"))


@dataclass(frozen=True, slots=True)
class Erased:
    """Whose everything went, and where a copy of what was before lies: it holds it still, as older backups do."""

    username: str
    copy: Path


def erase(username: str) -> Erased:
    """Erase an account. Raises AccountNotFound; AccountKept when the settings name it or may, or its shop is shown;
    SyncBusy while somebody writes the mirror; BackupImpossible and StorageError. Then everything is as it was."""
    wired = wiring()
    with sole_writer(RunLedger(db.engine, wired.clock), wired.locks):
        account = _account(username, wired.settings)
        copy = backups.make()
        with write_transaction(db.engine) as connection:
            move_shelves(connection, wired.clock())
            jobs = _erase(connection, account, wired.clock())
        empty_write_ahead_log(db.engine)
    results = JobResults(wired.settings.instance_path)
    for job in jobs:
        results.discard(job)
    logger.info("Account %d was erased; a backup of what was before is %s", account.id, copy)
    return Erased(account.username, copy)


def _account(username: str, settings: Settings) -> Row[int, str, bool]:
    shown = exists().where(Source.account_id == Account.id, Source.kind == INVENTORY.kind, Source.is_active)
    query = select(Account.id, Account.username, shown).where(goes_by(username))
    with read_transaction(db.engine) as connection:
        if (found := connection.execute(query).one_or_none()) is None:
            raise AccountNotFound(username)
    if settings.token_trouble:
        raise AccountKept(found.username, "DISCOGS_TOKEN cannot be used, and until it can nobody knows whom it is for")
    named = {settings.discogs_seller_username, settings.discogs_collection_username} - {None}
    if found.username.casefold() in {str(name).casefold() for name in named}:
        raise AccountKept(found.username, "the settings name it, and the next sync would bring it back")
    if found[2]:
        raise AccountKept(found.username, "its shop is shown: hide it first, so that who follows it is told")
    return found


def _erase(connection: Connection, account: Row[int, str, bool], at: datetime) -> list[str]:
    """The jobs whose files are to go, too."""
    account_id = account.id
    kinds = {kind: number for number, kind in connection.execute(_sources(account_id))}
    shelves = [number for kind, number in kinds.items() if kind != INVENTORY.kind]
    for model in ON_SHELVES:
        connection.execute(delete(model).where(model.__table__.c.source_id.in_(shelves)))
    connection.execute(delete(Change).where(Change.source_id.in_(shelves)))
    if (shop := kinds.get(INVENTORY.kind)) is not None:
        _erase_shop(connection, shop)
        move_shop(connection, at)  # what visitors were told has fewer fields now
        settle(connection)
    _erase_runs(connection, list(kinds.values()))
    connection.execute(delete(WebSession).where(WebSession.account_id == account_id))
    jobs = erase_jobs(connection, account_id, account.username)
    if connection.scalar(select(exists().where(Source.account_id == account_id))):
        connection.execute(update(Account).where(Account.id == account_id).values(nobody(account_id)))
    else:
        connection.execute(delete(Account).where(Account.id == account_id))
    return jobs


def _sources(account_id: int) -> Any:
    return select(Source.id, Source.kind).where(Source.account_id == account_id)


def _erase_shop(connection: Connection, shop: int) -> None:
    """A listing that moved between shops is told of by the changes of both: one that is left keeps its own."""
    gone = list(connection.scalars(select(ListingRow.listing_id).where(ListingRow.source_id == shop)))
    connection.execute(delete(ListingRow).where(ListingRow.source_id == shop))
    is_left = Change.item_id.in_(select(ListingRow.listing_id))
    ours = (Change.source_id == shop, ~is_left)
    connection.execute(delete(Change).where(*ours, Change.public_kind.is_(None)))
    connection.execute(update(Change).where(*ours).values(CLEARED))
    connection.execute(update(Change).where(Change.source_id == shop).values(fields="{}"))
    shops = select(Source.id).where(Source.kind == INVENTORY.kind)
    for start in range(0, len(gone), CHUNK):
        moved = (Change.item_id.in_(gone[start : start + CHUNK]), Change.source_id.in_(shops))
        connection.execute(update(Change).where(*moved).values(CLEARED))


def _erase_runs(connection: Connection, sources: list[int]) -> None:
    """A run that a change which stays belongs to stays as well, and so does its source; both say nothing any more."""
    theirs = Run.source_id.in_(sources)
    runs = select(Run.id).where(theirs)
    for model in HANGING_ON_RUNS:
        connection.execute(delete(model).where(model.__table__.c.run_id.in_(runs)))
    connection.execute(delete(Run).where(theirs, Run.id.not_in(select(Change.run_id))))
    connection.execute(update(Run).where(theirs).values(SAYS_NOTHING))
    is_free = (Source.id.not_in(select(Run.source_id)), Source.id.not_in(select(Change.source_id)))
    connection.execute(delete(Source).where(Source.id.in_(sources), *is_free))
