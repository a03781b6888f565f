"""A job at work, as its handler sees it: what to do, and how to tell how far it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.core.outcomes import Reason
from app.core.quoting import quoted
from app.errors import Cancelled, JobMustWait, WaxmirrorError
from app.services.discogs_connection import StopSignal
from app.services.job_ledger import JobLedger
from app.services.job_results import JobResults, ResultFile

TELL_EVERY_S = 1.0
ASK_EVERY_S = 0.5
MOST_ERRORS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Job:
    """What a handler is to do. `cursor` is what an earlier attempt saved last; None: begin at the beginning."""

    id: str
    kind: str
    created_at: datetime
    parameters: dict[str, Any]
    cursor: Any
    done: int
    errors: tuple[dict[str, str], ...]
    error_count: int
    written: int
    details: dict[str, Any] = field(default_factory=dict)


class JobControl:
    """Given to the handler of a job. Every method may raise JobLost, which the handler lets pass.

    `monotonic` counts seconds. `must_wait` says whether the job has to let the sync go first, `others_wait`
    whether another job is due.
    """

    def __init__(
        self,
        job: Job,
        holder: str,
        ledger: JobLedger,
        results: JobResults,
        stop: StopSignal,
        *,
        monotonic: Callable[[], float],
        must_wait: Callable[[], bool] = lambda: False,
        others_wait: Callable[[], bool] = lambda: False,
    ) -> None:
        self._job = job
        self._holder = holder
        self._ledger = ledger
        self._results = results
        self._stop = stop
        self._monotonic = monotonic
        self._must_wait = must_wait
        self._others_wait = others_wait
        self._told_at = self._asked_at = float("-inf")
        self._file: ResultFile | None = None
        self._named: dict[str, Any] = {}
        self._errors = list(job.errors)
        self._details = dict(job.details)
        self._state: dict[str, Any] = {"done": job.done, "error_count": job.error_count}
        self._start_at = job.written
        self._saved: tuple[Any, int] | None = None  # the cursor, and how long the result was then

    @property
    def details(self) -> dict[str, Any]:
        """What was noted so far, by earlier attempts too."""
        return dict(self._details)

    def check(self) -> None:
        """To be called between any two steps. Raises Cancelled (stop), JobMustWait (the sync goes first), JobLost."""
        if self._stop.is_set():
            raise Cancelled(Reason.CANCELLED_SHUTDOWN)
        if self._monotonic() - self._asked_at < ASK_EVERY_S:
            return
        self._asked_at = self._monotonic()
        if self._ledger.is_cancelled(self._job.id, self._holder):
            raise Cancelled(Reason.CANCELLED_USER)
        if self._must_wait():
            raise JobMustWait

    def wait(self, seconds: float) -> None:
        """Wait unless told to stop. Raises what `check` raises."""
        until = self._monotonic() + seconds
        while (left := until - self._monotonic()) > 0:
            self._stop.wait(min(left, ASK_EVERY_S))
            self.check()

    def pause(self, seconds: float) -> bool:
        """Wait, unless the service ends meanwhile; True when it does."""
        return self._stop.wait(seconds)

    def progress(self, done: int, total: int | None = None, unit: str | None = None) -> None:
        """How far the job is. Raises what `check` raises."""
        self._state |= {"done": done, "total": total, "unit": unit}
        self.check()
        self._tell()

    def begin_with(self, done: int) -> None:
        """So much was done before: how fast the job goes is told of the rest alone."""
        self._state |= {"done": done, "begun_with": done}

    def let_others_go(self) -> None:
        """For long work that can wait. Raises JobMustWait when another job is due, and what `check` raises."""
        self.check()
        if self._others_wait():
            raise JobMustWait

    def note(self, **details: Any) -> None:
        """Facts to show with the job, replacing those of the same names; JSON."""
        self._details |= details
        self._state["details"] = json.dumps(self._details)

    def error(self, place: str, problem: str) -> None:
        """Something that did not work and does not end the job: counted, and the first ones kept."""
        self._state["error_count"] += 1
        if len(self._errors) < MOST_ERRORS_KEPT:
            self._errors.append({"place": quoted(place), "problem": quoted(problem)})
            self._state["errors"] = json.dumps(self._errors)

    def save(self, cursor: Any) -> None:
        """All up to here is done: after a restart the job goes on from `cursor` (JSON). Raises what `check` raises."""
        self._saved = (cursor, self._length())
        self._tell()
        self.check()

    def begin_anew(self) -> None:
        """Give up what earlier attempts did; before the result is opened."""
        self._errors = []
        self._state |= {"done": 0, "begun_with": 0, "errors": "[]", "error_count": 0}
        if self._file is not None:
            raise RuntimeError("a result was begun already")
        self._start_at = 0
        self._saved = (None, 0)

    def result_file(self, name: str, mimetype: str) -> ResultFile:
        """The result, to be written on from where `job.cursor` left it. Raises ResultUnwritable."""
        self._file = ResultFile(self._results.unfinished(self._job.id), at=self._start_at)
        self._named = {"result_name": name, "result_type": mimetype}
        return self._file

    def publish(self) -> dict[str, Any]:
        """Put the result in place; what the row of the job shall say of it and of the end. Raises ResultUnwritable."""
        told = self.told()
        if self._file is None:
            return told
        file, self._file, self._saved = self._file, None, None
        file.publish(self._results.whole(self._job.id))
        return told | self._named | {"result_size": file.length}

    def told(self) -> dict[str, Any]:
        """What the row of the job shall say of how far it came."""
        return dict(self._state)

    def keep(self) -> None:
        """Save what can be saved before the job goes on later."""
        with suppress(WaxmirrorError):
            self._tell(force=True)
        self.close()

    def close(self) -> None:
        """Close the result as it is."""
        if self._file is not None:
            self._file.close()

    def discard(self) -> None:
        """Leave nothing half-written."""
        self.close()
        self._results.discard(self._job.id)

    def _tell(self, *, force: bool = False) -> None:
        now = self._monotonic()
        if not force and now - self._told_at < TELL_EVERY_S:
            return
        self._told_at = now
        self._ledger.progress(self._job.id, self._holder, **self._state, **self._taken_from_cursor())

    def _taken_from_cursor(self) -> dict[str, Any]:
        if self._saved is None:
            return {}
        (cursor, written), self._saved = self._saved, None
        if self._file is not None:
            self._file.sync()
        return {"cursor": None if cursor is None else json.dumps(cursor), "written": written}

    def _length(self) -> int:
        return 0 if self._file is None else self._file.length
