"""The sync: fetch → parse → stage → plan → guard → confirm absences → apply, for one stream of one account."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from app.core.fetch import Fetch
from app.core.outcomes import Outcome, Reason
from app.core.plan import Plan, Policy
from app.errors import Cancelled, DiscogsAPIError, Fenced, StorageError, Unbalanced
from app.extensions import db, wiring
from app.models.streams import INVENTORY
from app.models.transactions import write_transaction
from app.ops.logging import run_id as run_in_log
from app.ops.logging import without_secrets
from app.services.credentials import Credentials
from app.services.discogs_connection import Discogs, NeverStops, StopSignal, connect_stranger, own_rate
from app.services.mirror_writer import Ending, apply
from app.services.publishing import publish
from app.services.readings import READINGS, Reading, policy_of
from app.services.refusals import Refusals
from app.services.removals import confirm_absences, last_known
from app.services.run_control import RunControl
from app.services.run_ledger import RunLedger, close_orphans_if_idle
from app.services.seller_identity import identify
from app.services.shelf_surroundings import Surroundings
from app.services.snapshot_reader import SnapshotReader
from app.services.snapshot_taking import take_snapshot
from app.services.sources import Sources, SourceState
from app.services.statistics import SyncStatistics, statistics_of
from app.services.subject import Subject
from app.services.sync_decisions import ending_of, held_back, plan_of
from app.services.turns import take_turn
from app.services.unreadable_items import keep_unreadable
from config import Secret

logger = logging.getLogger(__name__)
PATIENCE_S = 0.5
OBJECTS_BETWEEN_LOOKS = 20_000  # of the garbage collector; those of a few pages


class DiscogsSyncService:
    """Mirrors one stream of one account. Needs an application context.

    `token`, `seller_username` and `user_agent` default to the settings; whose collection and wantlist it is does, too.
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
        self._named = seller_username
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
        """Sync the inventory now; as `sync`, which raises ValueError when no seller is named."""
        return self.sync(INVENTORY.kind, limit, force_full, trigger=trigger)

    def sync(
        self, kind: str, limit: int | None = None, force_full: bool = False, *, trigger: str = "call"
    ) -> SyncStatistics:
        """Sync one stream now, in this thread, and return what it did. Joins a sync of it that is at work.

        Raises ValueError when nobody is named whose stream it is.
        """
        source = self._shop() if kind == INVENTORY.kind else self._shelf(kind)
        close_orphans_if_idle(self._ledger, self._wired.locks)
        turn = take_turn(self._ledger, source.id, self.carry_out, trigger=trigger, limit=limit, is_forced=force_full)
        self.carry_out(turn.run_id)
        if not turn.is_joined:
            self._ledger.give_up(turn.run_id, Reason.CANCELLED_SHUTDOWN)  # told to stop before its turn came
        return statistics_of(self._ledger.get(turn.run_id), joined=turn.is_joined)

    def _shelf(self, kind: str) -> SourceState:
        username = self._named or self._wired.settings.discogs_collection_username or self._seller_username
        if not username:
            raise ValueError(f"no {kind} to mirror: set DISCOGS_COLLECTION_USERNAME or DISCOGS_SELLER_USERNAME")
        return self._sources.shelf_of(username, kind)

    def _shop(self) -> SourceState:
        username = self._seller_username
        if not username:
            raise ValueError("no seller to mirror: set DISCOGS_SELLER_USERNAME or pass seller_username")
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
                        self._perform(run, self._sources.get(run.source_id))
            finally:
                lock.release()

    def _perform(self, run: Row[Any], source: SourceState) -> None:
        run_id, control = run.id, self._control(run.id)
        policy = Policy.ADD_ONLY if run.adds_only else policy_of(self._wired.settings, READINGS[source.kind].stream)
        token_in_log = run_in_log.set(run_id)
        whose = "seller" if source.kind == INVENTORY.kind else source.kind
        logger.info("Starting sync for %s: %s", whose, source.username)
        try:
            self._refusals.check(run.is_forced)
            self._sync(control, source, run, policy)
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
            control.let_go()
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

    def _sync(self, control: RunControl, source: SourceState, run: Row[Any], policy: Policy) -> None:
        """The whole of a sync, in order."""
        settings, reading = self._wired.settings, READINGS[source.kind]
        client = self._connect(source, control)
        subject, source = identify(client, source, self._sources)
        control.update(
            view="owner" if subject.is_owner else "stranger", has_identity=True, adds_only=policy is Policy.ADD_ONLY
        )
        around = self._look_around(reading, client, subject, control)
        if around.is_public is False:
            self._refusals.note_hidden(source)
        reader, walk, fetch = take_snapshot(
            client,
            reading,
            subject,
            source,
            control,
            engine=self._engine,
            settings=settings,
            policy=policy,
            limit=run.item_limit,
            doubts=run.is_forced,
        )
        plan = plan_of(self._engine, fetch, reader)
        held = held_back(self._engine, plan, source, subject, run_id=control.run_id, settings=settings)
        if plan.missing and held is None:
            plan = self._confirm(reading, plan, fetch, client, subject=subject, control=control)
        ending = ending_of(fetch, plan, held, reader=reader, walk=walk)
        self._apply(control, source, plan, reader, ending=ending, around=around)
        self._report(plan, ending)
        publish(settings)

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

    def _look_around(self, reading: Reading, client: Discogs, subject: Subject, control: RunControl) -> Surroundings:
        if reading.look_around is None:
            return Surroundings()

        def stranger() -> Discogs:
            eyes = connect_stranger(self._wired, stop=control, user_agent=self._user_agent, on_wait=control.waiting)
            control.counts_requests_of(eyes)
            return eyes

        wants_to_know = self._wired.settings.collection_visibility == "auto"
        return reading.look_around(client, subject, stranger if wants_to_know else None)

    def _confirm(
        self, reading: Reading, plan: Plan, fetch: Fetch, client: Discogs, *, subject: Subject, control: RunControl
    ) -> Plan:
        return confirm_absences(
            plan,
            last_known(self._engine, reading.stream, subject.source_id, plan.missing),
            reading.ask(client, subject) if reading.ask else None,
            trusts_second_snapshot=fetch.evidence.unaccounted == 0,
            on_probe=control.probed,
        )

    def _apply(
        self,
        control: RunControl,
        source: SourceState,
        plan: Plan,
        reader: SnapshotReader,
        *,
        ending: Ending,
        around: Surroundings,
    ) -> None:
        control.check()
        stream, at = reader.reading.stream, self._wired.clock()
        ending = replace(ending, run={**ending.run, **control.counted()}, source={**ending.source, **around.source})
        with write_transaction(self._engine) as connection:
            apply(connection, stream, control.run_id, source.id, plan=plan, ending=ending, at=at)
            keep_unreadable(connection, control.run_id, source.id, reader.quarantine)
            around.store(connection, source.id, reader.policy, at)

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
    """Spare the garbage collector what lives already, and have it look more rarely: the many short-lived objects of a
    sync would have it search the whole process again and again, a third of the time of a sync."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
