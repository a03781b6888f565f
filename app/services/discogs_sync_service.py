"""The sync: fetch → parse → stage → plan → guard → confirm absences → apply, for one seller's inventory."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from hashlib import blake2b
from typing import Any

from sqlalchemy import delete, insert, select

from app.core.fetch import Complete, Fetch, Incomplete
from app.core.guard import EarlierLooks, Limits, vet
from app.core.outcomes import Outcome, Reason
from app.core.plan import Plan, Policy, make_plan
from app.core.records import FOR_SALE
from app.discogs.answers import InventoryPage
from app.discogs.inventory_walk import InventoryWalk
from app.errors import (
    Cancelled,
    DiscogsAPIError,
    DiscogsNotFound,
    Fenced,
    StorageError,
    Unbalanced,
)
from app.extensions import db, wiring
from app.models import ListingRow, QuarantinedItem, Run
from app.models.stage import Stage
from app.models.transactions import read_transaction, write_transaction
from app.ops.logging import run_id as run_in_log
from app.ops.logging import without_secrets
from app.services.credentials import Credentials
from app.services.discogs_connection import Discogs, NeverStops, StopSignal, image_origins, own_rate
from app.services.holds import earlier_looks
from app.services.mirror_writer import Ending, apply
from app.services.refusals import Refusals
from app.services.removals import confirm_absences
from app.services.run_control import RunControl
from app.services.run_ledger import RunLedger, close_orphans_if_idle
from app.services.shop_snapshot import publish
from app.services.snapshot_reader import Seller, SnapshotReader
from app.services.sources import Sources, SourceState
from app.services.statistics import SyncStatistics, statistics_of
from app.services.turns import take_turn
from config import Secret

logger = logging.getLogger(__name__)
L = ListingRow.__table__.c
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
        seller, source = self._identify(client, source)
        control.update(view="owner" if seller.is_owner else "stranger", has_identity=True)
        reader, walk, fetch = self._fetch(client, seller, source, control, limit)
        plan = self._plan(fetch, reader)
        held = self._vet(control.run_id, plan, source, seller)
        if plan.missing and held is None:
            plan = self._confirm(plan, fetch, client, seller, control)
        ending = self._ending(fetch, plan, held, reader=reader, walk=walk, seller=seller)
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

    def _identify(self, client: Discogs, source: SourceState) -> tuple[Seller, SourceState]:
        """Who asks and who is asked about: once per run. An account is known by its user id, names change."""
        if client.has_token:
            identity = client.identity()
            is_same_name = identity.username.casefold() == source.username.casefold()
            if is_same_name or identity.id == source.discogs_user_id:
                source = self._known_as(source, identity.id, identity.username)
                return Seller(source.id, identity.id, identity.username, is_owner=True), source
            logger.warning(
                "The token belongs to %s, not to %s: only what strangers see is mirrored",
                identity.username,
                source.username,
            )
        try:
            profile = client.user(source.username)
        except DiscogsNotFound as error:
            raise self._no_such_seller(source, error) from error
        source = self._known_as(source, profile.id, profile.username)
        return Seller(source.id, profile.id, profile.username, is_owner=False), source

    def _known_as(self, source: SourceState, user_id: int, username: str) -> SourceState:
        known = self._sources.known_user(user_id)
        if known is not None and known.id != source.id:
            self._sources.rename(known, username)
            raise DiscogsAPIError(
                Reason.SELLER_CHANGED, detail=f"{known.username} is called {username} now; the next run goes on there"
            )
        self._sources.identify(source, user_id, username)
        return source

    def _no_such_seller(self, source: SourceState, error: DiscogsAPIError) -> DiscogsAPIError:
        return DiscogsAPIError(
            Reason.SELLER_NOT_FOUND,
            status=404,
            url_path=error.url_path,
            detail=f"Discogs knows no user {source.username}",
        )

    def _fetch(
        self,
        client: Discogs,
        seller: Seller,
        source: SourceState,
        control: RunControl,
        limit: int | None,
    ) -> tuple[SnapshotReader, InventoryWalk, Fetch]:
        settings = self._wired.settings
        walk = InventoryWalk(
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
            logger.debug("Page %d: %d listings (Total: %d)", page.page, len(page.listings), reader.distinct)
            control.page_done(number, of=walk.pages, items=reader.distinct, announced=walk.announced)
        logger.info("Total listings fetched: %d", reader.distinct)
        return reader, walk, reader.fetch(walk)

    def _pages(self, walk: InventoryWalk, source: SourceState) -> Iterator[InventoryPage]:
        try:
            yield from walk.read()
        except DiscogsNotFound as error:  # the first page is not there: no such seller, or not any more
            raise self._no_such_seller(source, error) from error

    def _plan(self, fetch: Fetch, reader: SnapshotReader) -> Plan:
        live = select(L.listing_id, L.status, L.missing_since_run_id).where(
            L.source_id == reader.seller.source_id, L.removed_at.is_(None)
        )
        with read_transaction(self._engine) as connection:
            rows = connection.execute(live).all()
        return make_plan(
            fetch,
            reader.verdicts,
            rejected=reader.rejected,
            live={row[0] for row in rows},
            judged={row[0] for row in rows if reader.seller.is_owner or row[1] == FOR_SALE},
            missing_before={row[0] for row in rows if row[2] is not None},
            policy=reader.policy,
        )

    def _vet(self, run_id: int, plan: Plan, source: SourceState, seller: Seller) -> Reason | None:
        """The guard's refusal, unless agreeing snapshots since an interval ago have answered it already."""
        settings = self._wired.settings
        is_new_view = bool(plan.missing) and source.config_digest not in {None, config_digest(seller)}
        interval = timedelta(hours=settings.sync_interval_hours)
        earlier = earlier_looks(self._engine, run_id, source.id, at_least=interval) if plan.missing else EarlierLooks()
        reason = vet(
            plan,
            Limits(Fraction(str(settings.sync_max_removal_share))),
            config_changed=is_new_view or not source.is_active,
            earlier=earlier,
        )
        if reason is None and (agreed := plan.missing & earlier.agreed):
            logger.warning("Looks an interval apart agree that %d listings are gone; removing them", len(agreed))
        return reason

    def _confirm(self, plan: Plan, fetch: Fetch, client: Discogs, seller: Seller, control: RunControl) -> Plan:
        return confirm_absences(
            plan,
            client,
            self._engine,
            is_owner=seller.is_owner,
            trusts_second_snapshot=fetch.evidence.unaccounted == 0,
            on_probe=control.probed,
        )

    def _ending(
        self,
        fetch: Fetch,
        plan: Plan,
        held: Reason | None,
        *,
        reader: SnapshotReader,
        walk: InventoryWalk,
        seller: Seller,
    ) -> Ending:
        source: dict[str, Any] = {"paused_reason": None, "paused_credential": None, "not_before": None}
        run = {"is_complete": isinstance(fetch, Complete)}
        ending = Ending(Outcome.APPLIED, run=run, source=source, seen=frozenset(reader.seen), distinct=reader.distinct)
        if isinstance(fetch, Incomplete):
            if fetch.reason is Reason.PAGE_SHORT:
                source["hidden_rows"] = fetch.evidence.hidden
            ending = replace(ending, outcome=Outcome.APPLIED_NO_REMOVALS, reason=fetch.reason, detail=fetch.detail)
        else:
            source |= {"last_pages": walk.pages, "hidden_rows": fetch.evidence.hidden}
        if held is not None:
            return replace(
                ending, outcome=Outcome.HELD, reason=held, detail=held_detail(held, plan), holds=plan.missing
            )
        if isinstance(fetch, Complete):
            source["config_digest"] = config_digest(seller)
        if plan.waiting:
            ending = replace(ending, detail=f"{len(plan.waiting)} missing listings wait for a second look")
        return ending

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
            if reader.quarantine or self._has_quarantine(source.id):
                runs = select(Run.id).where(Run.source_id == source.id)
                connection.execute(delete(QuarantinedItem).where(QuarantinedItem.run_id.in_(runs)))
            if reader.quarantine:
                rows = [
                    {
                        "run_id": control.run_id,
                        "place": item.place,
                        "listing_id": item.listing_id,
                        "problem": item.problem,
                        "raw": item.raw,
                    }
                    for item in reader.quarantine
                ]
                connection.execute(insert(QuarantinedItem), rows)

    def _has_quarantine(self, source_id: int) -> bool:
        query = select(QuarantinedItem.id).join(Run, Run.id == QuarantinedItem.run_id).where(Run.source_id == source_id)
        with read_transaction(self._engine) as connection:
            return connection.scalar(query.limit(1)) is not None

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


def config_digest(seller: Seller) -> str:
    """Who looks at whose listings, and with whose eyes. A change of it makes absences meaningless."""
    seen_by = "owner" if seller.is_owner else "stranger"
    return blake2b(f"{seller.user_id}:{seen_by}".encode(), digest_size=8).hexdigest()


def held_detail(reason: Reason, plan: Plan) -> str:
    """What a held run waits for, in words for its owner."""
    gone = f"{len(plan.missing)} of {plan.live_before} listings would vanish"
    if reason is Reason.GUARD_CONFIG and not plan.missing:
        return "another shop is mirrored already; confirm to show this one instead"
    if reason is Reason.GUARD_CONFIG:
        return f"{gone}, seen with other eyes than before; confirm to remove them, or give back the credential"
    return f"{gone}; confirm to remove them, or wait for a second snapshot"
