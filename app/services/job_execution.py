"""Doing jobs: the next one that is due, to its end, or to where it has to wait."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from app.core.job_states import MOST_ATTEMPTS, JobState, pause_before_retry
from app.core.outcomes import Reason
from app.errors import (
    Cancelled,
    DiscogsAPIError,
    DiscogsAuthenticationError,
    DiscogsNotFound,
    DiscogsRateLimitError,
    ExportImpossible,
    JobLost,
    JobMustWait,
    ResultUnwritable,
    StorageError,
)
from app.ops.logging import job_id as job_in_log
from app.services.discogs_connection import StopSignal
from app.services.job_control import Job, JobControl
from app.services.job_kinds import JobKinds
from app.services.job_ledger import JobLedger
from app.services.job_results import JobResults

logger = logging.getLogger(__name__)
MAY_PASS = (DiscogsAPIError, StorageError)
WILL_NOT_PASS = (DiscogsAuthenticationError, DiscogsNotFound)
WAIT_FOR_SYNC = timedelta(seconds=5)
LONG_PAUSE_S, LONGEST_PAUSE = 120.0, timedelta(days=1)  # that Discogs may ask for


class JobExecution:
    """Does jobs of the given kinds. `is_syncing` says whether a run is queued or at work."""

    def __init__(
        self,
        ledger: JobLedger,
        results: JobResults,
        kinds: JobKinds,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        is_syncing: Callable[[], bool],
        keep_results_for: timedelta,
    ) -> None:
        self._ledger = ledger
        self._results = results
        self._kinds = kinds
        self._clock = clock
        self._monotonic = monotonic
        self._is_syncing = is_syncing
        self._keep_results_for = keep_results_for

    def do_next(self, stop: StopSignal) -> bool:
        """Do the job that is next; False when none is due, or another worker took it. Raises StorageError."""
        job_id = self._ledger.next_waiting(self._possible_kinds())
        holder = None if job_id is None else self._ledger.claim(job_id)
        if job_id is None or holder is None:
            return False
        row = self._ledger.get(job_id)
        job = _job(row, has_written=self._results.has_written(job_id, row.written))
        kind = self._kinds[job.kind]
        control = JobControl(
            job,
            holder,
            self._ledger,
            self._results,
            stop,
            monotonic=self._monotonic,
            must_wait=self._is_syncing if kind.asks_discogs else lambda: False,
            others_wait=lambda: self._ledger.next_waiting(self._possible_kinds()) is not None,
        )
        token_in_log = job_in_log.set(str(job_id))
        try:
            self._do(job, row.attempts, holder, control)
        except JobLost as lost:
            control.close()
            logger.warning("%s: what was done last is given up", lost)
        finally:
            job_in_log.reset(token_in_log)
        return True

    def _do(self, job: Job, attempts: int, holder: str, control: JobControl) -> None:
        try:
            self._kinds[job.kind].handler(job, control)
            self._finish(job, holder, control.publish())
        except Cancelled as stopped:
            self._stop(job, holder, control, stopped.reason)
        except JobMustWait:
            control.keep()
            self._ledger.put_back(job.id, holder, not_before=self._clock() + WAIT_FOR_SYNC)
        except JobLost:
            raise
        except WILL_NOT_PASS as error:
            self._fail(job, holder, control, str(error))
        except MAY_PASS as error:
            self._try_later(job, attempts, holder, control, error)
        except (ResultUnwritable, ExportImpossible) as error:
            self._fail(job, holder, control, str(error))
        except Exception as error:
            logger.exception("Job %s (%s) failed", job.id, job.kind)
            self._fail(job, holder, control, f"unexpected {type(error).__name__}")

    def _finish(self, job: Job, holder: str, told: dict[str, Any]) -> None:
        expires_at = self._clock() + self._keep_results_for if "result_size" in told else None
        self._ledger.finish(job.id, holder, JobState.DONE, **told, expires_at=expires_at, cursor=None)
        logger.info("Job %s (%s) is done", job.id, job.kind)

    def _stop(self, job: Job, holder: str, control: JobControl, reason: Reason) -> None:
        if reason is Reason.CANCELLED_SHUTDOWN:
            control.keep()
            self._ledger.put_back(job.id, holder)
            return
        control.discard()
        self._ledger.finish(job.id, holder, JobState.CANCELLED, **control.told())
        logger.info("Job %s (%s) was cancelled", job.id, job.kind)

    def _try_later(
        self, job: Job, attempts: int, holder: str, control: JobControl, error: DiscogsAPIError | StorageError
    ) -> None:
        if isinstance(error, DiscogsRateLimitError) and (error.retry_after or 0) > LONG_PAUSE_S:
            # When it will pass is known, so this was no attempt that failed.
            pause = min(timedelta(seconds=error.retry_after or 0), LONGEST_PAUSE)
            control.keep()
            self._ledger.put_back(job.id, holder, not_before=self._clock() + pause, problem=str(error))
            logger.warning("Job %s (%s) waits: %s", job.id, job.kind, error)
            return
        if attempts >= MOST_ATTEMPTS:
            self._fail(job, holder, control, str(error))
            return
        control.keep()
        at = self._clock() + pause_before_retry(attempts)
        self._ledger.put_back(job.id, holder, not_before=at, counts=True, problem=str(error))
        logger.warning("Job %s (%s) is tried again: %s", job.id, job.kind, error)

    def _fail(self, job: Job, holder: str, control: JobControl, problem: str) -> None:
        control.discard()
        self._ledger.finish(job.id, holder, JobState.FAILED, problem, **control.told())
        logger.error("Job %s (%s) failed: %s", job.id, job.kind, problem)

    def _possible_kinds(self) -> list[str]:
        """A kind that asks Discogs waits while there is a sync to do."""
        asking = [name for name, kind in self._kinds.items() if kind.asks_discogs]
        waits = bool(asking) and self._is_syncing()
        return [name for name in self._kinds if not (waits and name in asking)]


def _job(row: Row[Any], *, has_written: bool) -> Job:
    """An attempt goes on where the last one was, unless what that one wrote is not here."""
    goes_on = has_written and row.cursor is not None
    return Job(
        id=row.id,
        kind=row.kind,
        created_at=row.created_at,
        parameters=json.loads(row.parameters),
        cursor=json.loads(row.cursor) if goes_on else None,
        done=row.done if goes_on else 0,
        errors=tuple(json.loads(row.errors)),
        error_count=row.error_count,
        written=row.written if goes_on else 0,
        details=json.loads(row.details),
    )
