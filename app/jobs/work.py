"""What the clock has done for it: the use cases of the application, each in a context of its own."""

from __future__ import annotations

from typing import Protocol

from flask import Flask

from app.core.outcomes import Outcome, Reason
from app.jobs.timetable import PastSync
from app.services.discogs_connection import StopSignal
from app.services.heartbeats import Heartbeats
from app.services.scheduled_backups import ScheduledBackups
from app.services.webhook_delivery import WebhookDelivery


class Work(Protocol):
    """What the clock can have done."""

    def has_sources(self) -> bool:
        """Whether there is anything to sync."""

    def request(self, trigger: str) -> list[int]:
        """Queue a sync of every source. Raises SyncBusy, ConfigurationError, StorageError."""

    def execute(self, run_id: int, stop: StopSignal) -> None:
        """Carry out a queued run."""

    def fill_releases(self, stop: StopSignal) -> bool:
        """Read some of the releases that are due; whether there are more."""

    def queued(self) -> list[int]:
        """Runs nobody has started."""

    def past_syncs(self) -> list[PastSync]:
        """The latest syncs, the newest first."""

    def close_orphans(self) -> list[int]:
        """End the runs whose process is gone."""

    def abandon(self, run_id: int) -> bool:
        """End a run that did not stop in time; False when it had ended."""

    def do_job(self, stop: StopSignal) -> bool:
        """Do the job that is next; whether there was one."""

    def put_back_jobs(self) -> int:
        """Let jobs go on whose worker is gone; how many."""

    def clear_away_results(self) -> int:
        """Take away results of jobs that had their time; how many."""

    def back_up_when_due(self, stop: StopSignal) -> float:
        """Copy the mirror when the last copy is old enough; seconds until it is worth asking again."""

    def deliver_changes(self, stop: StopSignal) -> float:
        """Send the changes of the shop to whoever is to hear of them; seconds until it is worth asking again."""

    def round_began(self, run_ids: list[int]) -> None:
        """Note the runs of a scheduled round."""

    def ping(self, stop: StopSignal) -> float:
        """Tell of rounds that began or ended; seconds until it is worth asking again."""


class AppWork:
    """The work of one application."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._backups = ScheduledBackups()
        self._heartbeats = Heartbeats()
        self._webhook = WebhookDelivery()

    def has_sources(self) -> bool:
        from app.services.sync_control import sources_to_sync

        with self._app.app_context():
            return bool(sources_to_sync())

    def request(self, trigger: str) -> list[int]:
        from app.services.sync_control import request_sync

        with self._app.app_context():
            return request_sync(trigger=trigger)

    def execute(self, run_id: int, stop: StopSignal) -> None:
        from app.services.sync_control import execute_run

        with self._app.app_context():
            execute_run(run_id, stop)

    def fill_releases(self, stop: StopSignal) -> bool:
        from app.services.release_rounds import fill_round

        with self._app.app_context():
            return fill_round(stop)

    def queued(self) -> list[int]:
        from app.services.sync_control import queued_runs

        with self._app.app_context():
            return queued_runs()

    def past_syncs(self) -> list[PastSync]:
        from app.services.sync_control import recent_syncs

        with self._app.app_context():
            return [
                PastSync(
                    queued_at=run.queued_at,
                    started_at=run.started_at,
                    is_start_up=run.trigger == "startup",
                    was_cut_short=run.outcome == Outcome.INTERRUPTED or run.reason == Reason.CANCELLED_SHUTDOWN,
                )
                for run in recent_syncs()
            ]

    def close_orphans(self) -> list[int]:
        from app.services.sync_control import close_orphans

        with self._app.app_context():
            return close_orphans()

    def abandon(self, run_id: int) -> bool:
        from app.services.sync_control import abandon

        with self._app.app_context():
            return abandon(run_id)

    def do_job(self, stop: StopSignal) -> bool:
        from app.services.jobs_service import JobsService

        with self._app.app_context():
            return JobsService().do_next(stop)

    def put_back_jobs(self) -> int:
        from app.services.jobs_service import JobsService

        with self._app.app_context():
            return JobsService().put_back_orphans()

    def clear_away_results(self) -> int:
        from app.services.jobs_service import JobsService

        with self._app.app_context():
            return JobsService().clear_away()

    def back_up_when_due(self, stop: StopSignal) -> float:
        with self._app.app_context():
            return self._backups.make_when_due(stop)

    def deliver_changes(self, stop: StopSignal) -> float:
        with self._app.app_context():
            return self._webhook.deliver(stop)

    def round_began(self, run_ids: list[int]) -> None:
        self._heartbeats.round_began(run_ids)

    def ping(self, stop: StopSignal) -> float:
        with self._app.app_context():
            return self._heartbeats.look(stop)
