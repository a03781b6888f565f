"""Enrichment as people handle it: begin a batch, see how far it is, stop it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy import func, select

from app.core.enrichment import SubjectKind, seconds_asked
from app.core.job_states import JobState
from app.errors import EnrichmentBusy, JobEnded
from app.extensions import db, wiring
from app.models import EnrichmentRow
from app.models.transactions import read_transaction
from app.services.enrichment_failures import failures_of, release_names
from app.services.enrichment_job import KIND, WORDS
from app.services.enrichment_providers import conditions as provider_conditions
from app.services.enrichment_providers import overview, switched_on, why_not, wished
from app.services.enrichment_queue import lacks_old, lacks_seconds
from app.services.enrichment_store import Asking, due_count
from app.services.jobs_service import JobsService
from app.services.own_sources import own_sources

E = EnrichmentRow.__table__.c
STATUSES = {
    JobState.QUEUED: "queued",
    JobState.RUNNING: "running",
    JobState.DONE: "completed",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}
AT_WORK = (JobState.QUEUED, JobState.RUNNING)
IN_BACKGROUND = -1  # jobs that somebody waits for go first


class EnrichmentService:
    """Needs an application context."""

    def __init__(self) -> None:
        self._wired = wiring()
        self._engine = db.engine
        self._jobs = JobsService()

    def start(self, *, limit: int | None = None, only: str = "all", priority: int = 0) -> dict[str, Any]:
        """Queue a batch; the job. Raises EnrichmentBusy, NothingEnriches."""
        return self._jobs.submit(KIND, {"limit": limit, "only": only}, priority=priority)

    def start_if_due(self) -> bool:
        """Queue a batch in the background when there is anything to ask and somebody to ask it; whether it did."""
        now, settings = self._wired.clock(), self._wired.settings
        kinds = switched_on(settings)
        if not kinds or self._at_work() is not None:
            return False
        with read_transaction(self._engine) as connection:
            known = provider_conditions(connection, now)
            names = {name for name, kind in kinds.items() if not why_not(kind, known[name], settings, now)}
            asking = Asking(names, now, only_new=False)
            if not any(kinds[name].is_outside for name in names):
                return False
            is_due = any(due_count(connection, kind, asking) for kind in SubjectKind)
            ours, besides = own_sources(settings), seconds_asked(kinds)
            lacks = lacks_old(connection, wished(settings), ours) or lacks_seconds(connection, besides, ours, now)
            if not is_due and not lacks:
                return False
        try:
            self._jobs.submit(KIND, {"limit": None, "only": "all"}, priority=IN_BACKGROUND)
        except EnrichmentBusy:  # somebody began one meanwhile
            return False
        return True

    def cancel(self) -> dict[str, Any]:
        """Stop every batch that is queued or at work; progress then."""
        for job in [job for state in AT_WORK for job in self._jobs.newest(kinds=[KIND], state=state)]:
            with suppress(JobEnded):  # by itself, meanwhile
                self._jobs.cancel(job["id"])
        return self.progress()

    def progress(self) -> dict[str, Any]:
        """How far the newest batch is, or how it ended; `idle` when there was none yet."""
        newest = self._jobs.newest(kinds=[KIND], limit=1)
        job = newest[0] if newest else None
        done, total = (job["progress"]["done"], job["progress"]["total"]) if job else (0, 0)
        details: dict[str, Any] = job["details"] if job else {}
        status = "idle" if job is None else STATUSES.get(job["state"], job["state"])
        percent = round(min(100.0, 100 * done / total), 1) if total else 0.0
        return {
            "status": status,
            "current": done,
            "total": total or 0,
            "current_album": details.get("current_album"),
            "found": details.get("found", 0),
            **{word: details.get(word, 0) for word in WORDS.values()},
            "by_field": details.get("by_field", {}),
            "standstills": details.get("standstills", {}),
            "progress_percent": 100.0 if status == "completed" else percent,
            "seconds_left": job["progress"]["seconds_left"] if job else None,
            "job": job,
        }

    def overview(self) -> dict[str, Any]:
        """Every provider and how the queue stands."""
        with read_transaction(self._engine) as connection:
            query = select(E.field, E.provider, E.state, func.count()).group_by(E.field, E.provider, E.state)
            counted = connection.execute(query.order_by(E.field, E.provider, E.state)).all()
            return {
                "providers": overview(connection, self._wired.settings, self._wired.clock()),
                "queue": [
                    {"field": field, "provider": provider, "state": state, "count": number}
                    for field, provider, state, number in counted
                ],
            }

    def batches(self, most: int) -> list[dict[str, Any]]:
        """The newest batches with their reports, the newest first."""
        return self._jobs.newest(kinds=[KIND], limit=most)

    def failures(self, *, limit: int, page: int = 1) -> dict[str, Any]:
        """What could not be had, and when it is asked for again."""
        with read_transaction(self._engine) as connection:
            return failures_of(connection, limit=limit, page=page)

    def name_of(self, kind: str, key: str) -> str:
        """What people call a release or an artist that is known by this key."""
        if kind != SubjectKind.RELEASE:
            return key
        with read_transaction(self._engine) as connection:
            return release_names(connection, [key]).get(key, f"Release {key}")

    def _at_work(self) -> dict[str, Any] | None:
        newest = (self._jobs.newest(kinds=[KIND], state=state, limit=1) for state in AT_WORK)
        return next((jobs[0] for jobs in newest if jobs), None)
