"""The sync: fetch → parse → stage → plan → guard → confirm absences → apply, for one seller's inventory."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from app.core.fetch import Fetch
from app.core.outcomes import Outcome, Reason
from app.core.plan import Plan, Policy
from app.discogs.answers import ItemPage
from app.discogs.inventory_walk import inventory_walk
from app.discogs.page_walk import PageWalk
from app.errors import (
    Cancelled,
    DiscogsAPIError,
    DiscogsNotFound,
    Fenced,
    StorageError,
    Unbalanced,
)
from app.extensions import db, wiring
from app.models.stage import Stage
from app.models.transactions import write_transaction
from app.ops.logging import run_id as run_in_log
from app.ops.logging import without_secrets
from app.services.credentials import Credentials
from app.services.discogs_connection import Discogs, NeverStops, StopSignal, image_origins, own_rate
from app.services.mirror_writer import Ending, apply
from app.services.refusals import Refusals
from app.services.removals import confirm_absences
from app.services.run_control import RunControl
from app.services.run_ledger import RunLedger, close_orphans_if_idle
from app.services.seller_identity import identify, no_such_seller
from app.services.shop_snapshot import publish
from app.services.snapshot_reader import Seller, SnapshotReader
from app.services.sources import Sources, SourceState
from app.services.statistics import SyncStatistics, statistics_of
from app.services.sync_decisions import ending_of, held_back, plan_of
from app.services.turns import take_turn
from app.services.unreadable_items import keep_unreadable
from config import Secret

logger = logging.getLogger(__name__)
PATIENCE_S = 0.5


class DiscogsSyncService:
    """Mirrors one seller's inventory. Needs an application context.

    `token`, `seller_username` and `user_agent` default to the settings.
    """

    def __init__(
        self,
        token: str | Secret | None = None,
        seller_username: str | None = None,
        user_agent: str | None = None,
        *,
        stop: StopSignal | None = None,
    ) -> None:
        self._wired = wiring()
        settings = self._wired.settings
        explicit = Secret(token) if isinstance(token, str) else token
        self._credentials = Credentials(settings, self._wired.sealer, explicit or None)
        self._seller_username = seller_username or settings.discogs_seller_username
        self._user_agent = user_agent
        self._stop = stop or NeverStops()
        self._engine = db.engine
        self._ledger = RunLedger(self._engine, self._wired.clock)
        self._sources = Sources(self._engine, self._wired.clock)
        self._refusals = Refusals(self._sources, self._credentials, self._wired.clock)

    def sync_all_listings(
        self, limit: int | None = None, force_full: bool = False, *, trigger: str = "call"
    ) -> SyncStatistics:
        """Sync now, in this thread, and return what it did. Joins a sync of the same seller that is at work.

        Raises ValueError when no seller is named.
        """
        if not self._seller_username:
            raise ValueError("no seller to mirror: set DISCOGS_SELLER_USERNAME or pass seller_username")
        source = self._source_of(self._seller_username)
        close_orphans_if_idle(self._ledger, self._wired.locks)
        turn = take_turn(self._ledger, source.id, self.carry_out, trigger=trigger, limit=limit, is_forced=force_full)
        self.carry_out(turn.run_id)
        if not turn.is_joined:
            self._ledger.give_up(turn.run_id, Reason.CANCELLED_SHUTDOWN)  # told to stop before its turn came
        return statistics_of(self._ledger.get(turn.run_id), joined=turn.is_joined)

    def _source_of(self, username: str) -> SourceState:
        configured = self._wired.settings.discogs_seller_username
        if configured and username.casefold() == configured.casefold():
            return self._sources.configured(username)
        return self._sources.inventory_of(username)

    def carry_out(self, run_id: int) -> None:
        """Do a queued run as soon as nobody else writes the mirror; return when it is finished, by whomever.

        Raises StorageError when the database refuses even to note how the run ended: the next one ends it.
        """
        while (run := self._ledger.get(run_id)).state != "finished":
            lock = self._wired.locks.try_hold("mirror")
            if lock is None:
                if self._stop.wait(PATIENCE_S):
                    return
                continue
            try:
                self._ledger.close_orphans()
                if self._ledger.start(run_id):
                    with settled_memory():
                        self._perform(run_id, self._sources.get(run.source_id), run.item_limit, run.is_forced)
            finally:
                lock.release()

    def _perform(self, run_id: int, source: SourceState, limit: int | None, is_forced: bool) -> None:
        control = self._control(run_id)
        token_in_log = run_in_log.set(run_id)
        logger.info("Starting sync for seller: %s", source.username)
        try:
            self._refusals.check(source, is_forced)
            self._sync(control, source, limit)
        except Cancelled as error:
            if error.reason is Reason.NET_DEADLINE:
                self._fail(run_id, error.reason, "took longer than a run may; nothing was applied", control)
            else:
                logger.info("Sync cancelled (%s)", error.reason)
                self._ledger.close(run_id, Outcome.CANCELLED, error.reason, **control.counted())
        except DiscogsAPIError as error:
            self._refusals.note(source, error)
            self._fail(run_id, error.reason, str(error), control)
        except (StorageError, Unbalanced) as error:
            reason = error.reason if isinstance(error, StorageError) else Reason.LEDGER_UNBALANCED
            self._fail(run_id, reason, str(error), control)
        except Fenced as error:
            logger.warning("Sync stopped: %s", error)
        except Exception as error:
            self._fail(run_id, None, f"unexpected {type(error).__name__}", control)
            raise
        finally:
            run_in_log.reset(token_in_log)

    def _control(self, run_id: int) -> RunControl:
        wired = self._wired
        return RunControl(
            self._ledger,
            run_id,
            self._stop,
            wired.clock,
            monotonic=wired.monotonic,
            per_minute=own_rate(wired.settings),
        )

    def _sync(self, control: RunControl, source: SourceState, limit: int | None) -> None:
        """The whole of a sync, in order."""
        client = self._connect(source, control)
        seller, source = identify(client, source, self._sources)
        control.update(view="owner" if seller.is_owner else "stranger", has_identity=True)
        reader, walk, fetch = self._fetch(client, seller, source, control, limit)
        plan = plan_of(self._engine, fetch, reader)
        held = held_back(self._engine, plan, source, seller, run_id=control.run_id, settings=self._wired.settings)
        if plan.missing and held is None:
            plan = self._confirm(plan, fetch, client, seller, control)
        ending = ending_of(fetch, plan, held, reader=reader, walk=walk)
        self._apply(control, source, plan, reader, ending)
        self._report(plan, ending)
        publish(self._wired.settings)

    def _connect(self, source: SourceState, control: RunControl) -> Discogs:
        client = self._wired.connect(
            self._wired,
            self._credentials.of(source),
            stop=control,
            user_agent=self._user_agent,
            on_wait=control.waiting,
        )
        control.counts_requests_of(client)
        return client

    def _fetch(
        self,
        client: Discogs,
        seller: Seller,
        source: SourceState,
        control: RunControl,
        limit: int | None,
    ) -> tuple[SnapshotReader, PageWalk, Fetch]:
        settings = self._wired.settings
        walk = inventory_walk(
            client,
            seller.username,
            is_owner=seller.is_owner,
            expected_pages=source.last_pages,
            hidden_before=source.hidden_rows,
            limit=limit,
        )
        reader = SnapshotReader(
            engine=self._engine,
            stage=Stage(self._engine, control.run_id),
            seller=seller,
            policy=Policy(settings.inventory_sync_policy),
            image_origins=image_origins(settings),
            max_errors=settings.sync_max_errors,
        )
        client.expect_pages(source.last_pages or 0)
        control.expect_pages(source.last_pages or 0)
        for number, page in enumerate(self._pages(walk, source), 1):
            reader.take(page, walk)
            logger.debug("Page %d: %d listings (Total: %d)", page.page, len(page.rows), reader.distinct)
            control.page_done(number, of=walk.pages, items=reader.distinct, announced=walk.announced)
        logger.info("Total listings fetched: %d", reader.distinct)
        return reader, walk, reader.fetch(walk)

    def _pages(self, walk: PageWalk, source: SourceState) -> Iterator[ItemPage]:
        try:
            yield from walk.read()
        except DiscogsNotFound as error:  # the first page is not there: no such seller, or not any more
            raise no_such_seller(source, error) from error

    def _confirm(self, plan: Plan, fetch: Fetch, client: Discogs, seller: Seller, control: RunControl) -> Plan:
        return confirm_absences(
            plan,
            client,
            self._engine,
            is_owner=seller.is_owner,
            trusts_second_snapshot=fetch.evidence.unaccounted == 0,
            on_probe=control.probed,
        )

    def _apply(
        self, control: RunControl, source: SourceState, plan: Plan, reader: SnapshotReader, ending: Ending
    ) -> None:
        control.check()
        with write_transaction(self._engine) as connection:
            apply(
                connection,
                control.run_id,
                source.id,
                plan=plan,
                ending=replace(ending, run={**ending.run, **control.counted()}),
                at=self._wired.clock(),
            )
            keep_unreadable(connection, control.run_id, source.id, reader.quarantine)

    def _report(self, plan: Plan, ending: Ending) -> None:
        logger.info(
            "Sync completed: %d added, %d updated, %d removed",
            plan.added + plan.restored,
            plan.updated,
            len(plan.removals),
        )
        if ending.outcome is not Outcome.APPLIED:
            logger.warning("Sync ended %s (%s): %s", ending.outcome, ending.reason, ending.detail)

    def _fail(self, run_id: int, reason: Reason | None, detail: str, control: RunControl) -> None:
        told = without_secrets(detail)  # an error may quote what was sent
        logger.error("Sync failed: %s", told)
        self._ledger.close(run_id, Outcome.FAILED, reason, told, **control.counted())


@contextmanager
def settled_memory() -> Iterator[None]:
    """Spare the garbage collector what lives already: the many short-lived objects of a sync would have it search
    the whole process again and again, a quarter of the time of a sync."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
