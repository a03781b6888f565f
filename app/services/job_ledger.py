"""The ledger of jobs: who works on what, how far it is, how it ended. Every process reads and writes it alike."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Engine, Row, case, delete, func, insert, select, update

from app.core.job_states import ENDED, MOST_ATTEMPTS, JobState
from app.core.quoting import quoted
from app.errors import JobEnded, JobLost, JobNotEnded, JobNotFound
from app.models import JobRow
from app.models.locks import advisory_key
from app.models.transactions import read_transaction, write_transaction
from app.services.run_ledger import LONGEST_DETAIL, owner

J = JobRow.__table__.c
Busy = Callable[[str], Exception]
KILLED = "its process ended again and again before the job did"
ANEW: dict[str, Any] = {
    "done": 0,
    "total": None,
    "begun_with": 0,
    "errors": "[]",
    "error_count": 0,
    "details": "{}",
    "problem": None,
    "attempts": 0,
    "not_before": None,
    "cursor": None,
    "written": 0,
    "result_name": None,
    "result_type": None,
    "result_size": None,
    "expires_at": None,
    "started_at": None,
    "heartbeat_at": None,
    "finished_at": None,
    "cancel_requested_at": None,
    "holder": None,
}


class JobLedger:
    """Job rows and their life."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def submit(
        self,
        kind: str,
        parameters: dict[str, Any],
        *,
        owner: str | None = None,
        priority: int = 0,
        busy: Busy | None = None,
    ) -> str:
        """A new queued job; its id. Raises `busy` of the job that is queued or at work, where there may be one only."""
        values = {
            "id": uuid4().hex,
            "kind": kind,
            "owner": owner,
            "parameters": json.dumps(parameters),
            "state": JobState.QUEUED,
            "priority": priority,
            "created_at": self._clock(),
            **ANEW,
        }
        with write_transaction(self._engine) as connection:
            _be_alone(connection, kind, busy)
            connection.execute(insert(JobRow).values(values))
        return str(values["id"])

    def get(self, job_id: str) -> Row[Any]:
        """One job, all columns. Raises JobNotFound."""
        _look_at(job_id)
        with read_transaction(self._engine) as connection:
            row = connection.execute(select(JobRow.__table__).where(J.id == job_id)).one_or_none()
        if row is None:
            raise JobNotFound(job_id)
        return row

    def newest(
        self,
        *,
        kinds: Collection[str] | None = None,
        state: str | None = None,
        owner: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[Row[Any]]:
        """The newest jobs first, all columns."""
        query = select(JobRow.__table__).order_by(J.created_at.desc(), J.id).limit(limit).offset(offset)
        for column, wanted in ((J.state, state), (J.owner, owner)):
            query = query if wanted is None else query.where(column == wanted)
        query = query if kinds is None else query.where(J.kind.in_(kinds))
        with read_transaction(self._engine) as connection:
            return [*connection.execute(query)]

    def number_of(self, state: str | None = None) -> int:
        """How many jobs there are, in one state or in any."""
        query = select(func.count()).select_from(JobRow)
        with read_transaction(self._engine) as connection:
            return int(connection.scalar(query if state is None else query.where(J.state == state)) or 0)

    def next_waiting(self, kinds: Collection[str]) -> str | None:
        """The job of one of these kinds that is to be done next."""
        is_due = J.not_before.is_(None) | (J.not_before <= self._clock())
        query = select(J.id).where(J.state == JobState.QUEUED, J.kind.in_(kinds), is_due)
        with read_transaction(self._engine) as connection:
            return connection.scalar(query.order_by(J.priority.desc(), J.created_at, J.id).limit(1))

    def claim(self, job_id: str) -> str | None:
        """Begin a queued job; the name of this attempt, or None when somebody else was first."""
        holder = f"{owner()}:{uuid4().hex[:12]}"
        now = self._clock()
        values = {
            "state": JobState.RUNNING,
            "holder": holder,
            "started_at": now,
            "heartbeat_at": now,
            "attempts": J.attempts + 1,
            "begun_with": J.done,
            "not_before": None,
        }
        return holder if self._change(values, J.id == job_id, J.state == JobState.QUEUED) else None

    def progress(self, job_id: str, holder: str, **values: Any) -> None:
        """Record how far a job at work is; also its sign of life. Raises JobLost when it is in other hands."""
        self._note(job_id, holder, values)

    def is_cancelled(self, job_id: str, holder: str) -> bool:
        """Whether a person asked the job to stop. Raises JobLost when it is in other hands."""
        with read_transaction(self._engine) as connection:
            row = connection.execute(select(J.cancel_requested_at).where(*_held(job_id, holder))).one_or_none()
        if row is None:
            raise JobLost(job_id)
        return row.cancel_requested_at is not None

    def finish(self, job_id: str, holder: str, state: JobState, problem: str | None = None, **values: Any) -> None:
        """End a job at work. Raises JobLost when it is in other hands."""
        ended = {"state": state, "problem": _told(problem), "finished_at": self._clock(), "holder": None, **values}
        self._note(job_id, holder, ended)

    def put_back(
        self,
        job_id: str,
        holder: str,
        *,
        not_before: datetime | None = None,
        counts: bool = False,
        problem: str | None = None,
    ) -> None:
        """Let a job at work go on later, where it is; with `counts` it was an attempt. Raises JobLost.

        One that was asked to stop meanwhile stops here.
        """
        attempts = {} if counts else {"attempts": J.attempts - 1}
        is_cancelled = J.cancel_requested_at.is_not(None)
        values = {
            "state": case((is_cancelled, str(JobState.CANCELLED)), else_=str(JobState.QUEUED)),
            "finished_at": case((is_cancelled, J.cancel_requested_at)),
            "holder": None,
            "not_before": not_before,
            "problem": _told(problem),
        }
        self._note(job_id, holder, values | attempts)

    def request_cancel(self, job_id: str) -> None:
        """Ask a job to stop; a queued one ends at once. Raises JobNotFound, JobEnded."""
        _look_at(job_id)
        now = self._clock()
        waiting = {"state": JobState.CANCELLED, "cancel_requested_at": now, "finished_at": now}
        if self._change(waiting, J.id == job_id, J.state == JobState.QUEUED):
            return
        if not self._change({"cancel_requested_at": now}, J.id == job_id, J.state == JobState.RUNNING):
            raise JobEnded(job_id, self.get(job_id).state)

    def begin_anew(self, job_id: str, *, kind: str = "", busy: Busy | None = None) -> None:
        """Queue a job again that failed or was cancelled, as if it were asked for now: behind those that wait.

        Raises JobNotFound, JobNotEnded, and as `submit` does.
        """
        _look_at(job_id)
        ended = J.state.in_((JobState.FAILED, JobState.CANCELLED))
        values = {**ANEW, "state": JobState.QUEUED, "created_at": self._clock()}
        again = update(JobRow).where(J.id == job_id, ended).values(values)
        with write_transaction(self._engine) as connection:
            _be_alone(connection, kind, busy)
            is_queued = connection.execute(again).rowcount == 1
        if not is_queued:
            raise JobNotEnded(job_id, self.get(job_id).state)

    def requeue_orphans(self) -> int:
        """Put back what a worker that is gone left; how many. Only for who holds the "jobs" lock and does no job."""
        now = self._clock()
        running = J.state == JobState.RUNNING
        ended = {"finished_at": now, "holder": None}
        self._change({"state": JobState.CANCELLED, **ended}, running, J.cancel_requested_at.is_not(None))
        self._change({"state": JobState.FAILED, "problem": KILLED, **ended}, running, J.attempts >= MOST_ATTEMPTS)
        return self._change({"state": JobState.QUEUED, "holder": None}, running)

    def expired(self) -> list[str]:
        """Done jobs whose result has had its time."""
        query = select(J.id).where(J.state == JobState.DONE, J.expires_at <= self._clock(), J.result_size.is_not(None))
        with read_transaction(self._engine) as connection:
            return list(connection.scalars(query))

    def forget_result(self, job_id: str) -> None:
        """Note that the result is gone."""
        self._change({"result_size": None}, J.id == job_id, J.state == JobState.DONE)

    def with_files(self) -> set[str]:
        """Jobs that have a result, or may be writing one."""
        query = select(J.id).where(J.state.in_((JobState.QUEUED, JobState.RUNNING)) | J.result_size.is_not(None))
        with read_transaction(self._engine) as connection:
            return set(connection.scalars(query))

    def forget_before(self, moment: datetime) -> int:
        """Drop the rows of jobs that ended before `moment` and have no result; how many."""
        old = delete(JobRow).where(J.state.in_(ENDED), J.finished_at < moment, J.result_size.is_(None))
        with write_transaction(self._engine) as connection:
            return connection.execute(old).rowcount

    def _note(self, job_id: str, holder: str, values: dict[str, Any]) -> None:
        if not self._change({"heartbeat_at": self._clock(), **values}, *_held(job_id, holder)):
            raise JobLost(job_id)

    def _change(self, values: dict[str, Any], *where: ColumnElement[bool]) -> int:
        with write_transaction(self._engine) as connection:
            return connection.execute(update(JobRow).where(*where).values(values)).rowcount


def _be_alone(connection: Connection, kind: str, busy: Busy | None) -> None:
    """Look for a job of this kind that did not end, in the transaction that queues another."""
    if busy is None:
        return
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyhow
        connection.execute(select(func.pg_advisory_xact_lock(advisory_key(f"jobs of {kind}"))))
    query = select(J.id).where(J.kind == kind, J.state.in_((JobState.QUEUED, JobState.RUNNING))).limit(1)
    if (other := connection.scalar(query)) is not None:
        raise busy(other)


def _look_at(job_id: str) -> None:
    """Not every text can be asked for in every database. Raises JobNotFound."""
    if not re.fullmatch("[0-9a-f]{32}", job_id):
        raise JobNotFound(job_id)


def _held(job_id: str, holder: str) -> tuple[ColumnElement[bool], ...]:
    return J.id == job_id, J.state == JobState.RUNNING, J.holder == holder


def _told(problem: str | None) -> str | None:
    return quoted(problem, LONGEST_DETAIL) if problem else None
