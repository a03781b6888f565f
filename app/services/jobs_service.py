"""Jobs as every process may handle them: submit, look, cancel, begin anew, fetch the result."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from app.core.job_states import JobState, rate_per_second, seconds_left
from app.errors import JobNotDone, JobResultGone
from app.extensions import db, wiring
from app.services.discogs_connection import StopSignal
from app.services.job_execution import JobExecution
from app.services.job_kinds import KINDS, JobKinds, kind_named
from app.services.job_ledger import JobLedger
from app.services.job_results import JobResults
from app.services.run_ledger import RunLedger
from app.services.shop_statistics import iso

LOCK = "jobs"  # who holds it does jobs
FORGET_AFTER = timedelta(days=30)
TIMES = ("created_at", "started_at", "heartbeat_at", "finished_at", "not_before", "cancel_requested_at")


@dataclass(frozen=True, slots=True)
class Result:
    """What a job made."""

    path: Path
    name: str
    mimetype: str


class JobsService:
    """Needs an application context."""

    def __init__(self, kinds: JobKinds = KINDS) -> None:
        self._kinds = kinds
        self._wired = wiring()
        self._clock = self._wired.clock
        self._engine = db.engine
        self._ledger = JobLedger(db.engine, self._clock)
        self._results = JobResults(self._wired.settings.instance_path)

    def submit(
        self, kind: str, parameters: Mapping[str, Any], *, owner: str | None = None, priority: int = 0
    ) -> dict[str, Any]:
        """Queue a job. Raises JobUnknown, or BadQuery for parameters that cannot be used.

        Of a batch of enrichment also EnrichmentBusy and NothingEnriches.
        """
        known = kind_named(kind, self._kinds)
        known.check(parameters)
        return self.get(self._ledger.submit(kind, dict(parameters), owner=owner, priority=priority, busy=known.busy))

    def get(self, job_id: str) -> dict[str, Any]:
        """One job as JSON shows it. Raises JobNotFound."""
        return job_item(self._ledger.get(job_id), self._clock())

    def newest(
        self,
        *,
        kinds: Collection[str] | None = None,
        state: str | None = None,
        owner: str | None = None,
        limit: int = 50,
    ) -> list[dict[str, Any]]:
        """The newest jobs first, all of them or those of some kinds, a state, an owner."""
        now = self._clock()
        found = self._ledger.newest(kinds=kinds, state=state, owner=owner, limit=limit)
        return [job_item(row, now) for row in found]

    def page(self, number: int, per_page: int, *, state: str | None = None) -> tuple[list[dict[str, Any]], int]:
        """The jobs of one page, the newest first, and how many there are, in one state or in any."""
        now = self._clock()
        found = self._ledger.newest(state=state, limit=per_page, offset=(number - 1) * per_page)
        return [job_item(row, now) for row in found], self._ledger.number_of(state)

    def cancel(self, job_id: str) -> dict[str, Any]:
        """Ask a job to stop. Raises JobNotFound, JobEnded."""
        self._ledger.request_cancel(job_id)
        job = self.get(job_id)
        if job["state"] == JobState.CANCELLED:
            self._results.discard(job_id)  # what a job left that waited to go on
        return job

    def retry(self, job_id: str) -> dict[str, Any]:
        """Begin a job anew that failed or was cancelled. Raises JobNotFound, JobNotEnded, EnrichmentBusy."""
        kind = self.get(job_id)["kind"]
        known = self._kinds.get(kind)
        self._ledger.begin_anew(job_id, kind=kind, busy=known.busy if known else None)
        return self.get(job_id)

    def result(self, job_id: str) -> Result:
        """The file a job made. Raises JobNotFound, JobNotDone, JobResultGone."""
        row = self._ledger.get(job_id)
        if row.state != JobState.DONE or row.result_name is None:
            raise JobNotDone(job_id, row.state)
        path = self._results.whole(job_id)
        is_expired = row.expires_at is not None and row.expires_at <= self._clock()
        if row.result_size is None or is_expired or _size_of(path) != row.result_size:
            raise JobResultGone(job_id)
        return Result(path, row.result_name, row.result_type or "application/octet-stream")

    def clear_away(self) -> int:
        """Take away results that had their time, what nobody knows of, and old rows; how many results."""
        expired = self._ledger.expired()
        for job_id in expired:
            self._ledger.forget_result(job_id)
            self._results.discard(job_id)
        keeps = self._keep_results_for()
        before = (self._clock() - max(keeps, timedelta(days=1))).timestamp()
        self._results.discard_others(self._ledger.with_files(), before)
        self._ledger.forget_before(self._clock() - FORGET_AFTER)
        return len(expired)

    def put_back_orphans(self) -> int:
        """Let jobs go on whose worker is gone; only for who holds the "jobs" lock and does no job."""
        return self._ledger.requeue_orphans()

    def put_back_if_idle(self) -> None:
        """The same, while nobody does jobs: whoever died at one would be waited for for ever."""
        lock = self._wired.locks.try_hold(LOCK)
        if lock is not None:
            try:
                self._ledger.requeue_orphans()
            finally:
                lock.release()

    def do_next(self, stop: StopSignal) -> bool:
        """Do the job that is next; False when none is due. Raises StorageError."""
        runs = RunLedger(self._engine, self._clock)
        execution = JobExecution(
            self._ledger,
            self._results,
            self._kinds,
            clock=self._clock,
            monotonic=self._wired.monotonic,
            is_syncing=lambda: runs.active_run_id() is not None,
            keep_results_for=self._keep_results_for(),
        )
        return execution.do_next(stop)

    def _keep_results_for(self) -> timedelta:
        return timedelta(hours=self._wired.settings.job_result_hours)


def job_item(row: Row[Any], now: datetime) -> dict[str, Any]:
    """A job as JSON shows it."""
    is_running = row.state == JobState.RUNNING
    rate = rate_per_second(row.done, row.begun_with, row.started_at, now if is_running else row.heartbeat_at or now)
    left = seconds_left(row.done, row.total, rate) if is_running else None
    has_result = row.state == JobState.DONE and row.result_size is not None
    return {
        "id": row.id,
        "kind": row.kind,
        "owner": row.owner,
        "parameters": json.loads(row.parameters),
        "state": "cancelling" if is_running and row.cancel_requested_at else row.state,
        "priority": row.priority,
        "progress": {
            "done": row.done,
            "total": row.total,
            "unit": row.unit,
            "percent": round(min(100.0, 100 * row.done / row.total), 1) if row.total else None,
            "per_second": None if rate is None else round(rate, 2),
            "seconds_left": None if left is None else round(left, 1),
        },
        "errors": json.loads(row.errors),
        "error_count": row.error_count,
        "details": json.loads(row.details),
        "problem": row.problem,
        "attempts": row.attempts,
        "result": _result_item(row) if has_result else None,
        **{name: iso(getattr(row, name)) for name in TIMES},
    }


def _result_item(row: Row[Any]) -> dict[str, Any]:
    told = {"name": row.result_name, "mimetype": row.result_type, "size": row.result_size}
    return told | {"expires_at": iso(row.expires_at)}


def _size_of(path: Path) -> int | None:
    """None where there is no file. One that is not as long as it was made is not what was made."""
    try:
        return path.stat().st_size
    except OSError:
        return None
