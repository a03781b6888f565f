"""The ledger of runs: who works on what, how far it is, how it ended. Every process reads and writes it alike."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.core.outcomes import Outcome, Reason
from app.core.quoting import quoted
from app.errors import RunNotFound, StorageError, SyncBusy, WaxmirrorError
from app.models import Run
from app.models.fixed_statements import fetch
from app.models.locks import Locks
from app.models.streams import STREAMS
from app.models.transactions import read_transaction, write_transaction

LONGEST_DETAIL = 500
ACTIVE_STATES = ("queued", "running")
# Random, so that neither a reused PID nor PID 1 in every container can be taken for somebody else.
_NONCE = uuid4().hex[:8]


def owner() -> str:
    """What this process signs its runs with; asked anew each time, because a process may fork."""
    return f"{socket.gethostname()}:{os.getpid()}:{_NONCE}"


class RunLedger:
    """Run rows and their life: queued → running → finished."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def queue(
        self,
        source_id: int,
        *,
        trigger: str,
        kind: str = "sync",
        limit: int | None = None,
        is_forced: bool = False,
        adds_only: bool | None = None,
        confirms_run_id: int | None = None,
        undoes_run_id: int | None = None,
    ) -> int:
        """A new queued run of the source. Raises SyncBusy when one is queued or at work already."""
        values = {
            "source_id": source_id,
            "kind": kind,
            "trigger": trigger,
            "state": "queued",
            "queued_at": self._clock(),
            "item_limit": limit,
            "is_forced": is_forced,
            "adds_only": adds_only,
            "confirms_run_id": confirms_run_id,
            "undoes_run_id": undoes_run_id,
        }
        try:
            with write_transaction(self._engine) as connection:
                return int(connection.execute(insert(Run).values(values).returning(Run.id)).scalar_one())
        except IntegrityError as error:
            raise SyncBusy(self.active_run_id(source_id)) from error

    def start(self, run_id: int) -> bool:
        """Claim a queued run; False when somebody else did, or it was cancelled."""
        now = self._clock()
        claim = (
            update(Run)
            .where(Run.id == run_id, Run.state == "queued")
            .values(state="running", started_at=now, heartbeat_at=now, owner=owner())
        )
        with write_transaction(self._engine) as connection:
            return connection.execute(claim).rowcount == 1

    def progress(self, run_id: int, **values: Any) -> None:
        """Record how far a run at work is; also its sign of life."""
        with write_transaction(self._engine) as connection:
            connection.execute(
                update(Run).where(Run.id == run_id, Run.state == "running").values(heartbeat_at=self._clock(), **values)
            )

    def close(
        self, run_id: int, outcome: Outcome, reason: Reason | None = None, detail: str = "", **values: Any
    ) -> bool:
        """End a run that wrote nothing to the mirror; False when it was ended before."""
        with write_transaction(self._engine) as connection:
            return finish(connection, run_id, outcome, at=self._clock(), reason=reason, detail=detail or None, **values)

    def request_cancel(self, run_id: int) -> bool:
        """Ask a run to stop. A queued one ends at once; False when there is nothing to stop."""
        now = self._clock()
        with write_transaction(self._engine) as connection:
            asked = connection.execute(
                update(Run).where(Run.id == run_id, Run.state == "running").values(cancel_requested_at=now)
            ).rowcount
            return bool(asked) or finish(
                connection,
                run_id,
                Outcome.CANCELLED,
                at=now,
                reason=Reason.CANCELLED_USER,
                states=("queued",),
                cancel_requested_at=now,
            )

    def give_up(self, run_id: int, reason: Reason) -> bool:
        """End a run that nobody has begun; False when somebody has, or it ended."""
        with write_transaction(self._engine) as connection:
            return finish(connection, run_id, Outcome.CANCELLED, at=self._clock(), reason=reason, states=("queued",))

    def is_cancelled(self, run_id: int) -> bool:
        """Whether a person asked the run to stop, or somebody ended it meanwhile."""
        mark = "?" if self._engine.dialect.name == "sqlite" else "%s"
        asked = f"SELECT state = 'finished' OR cancel_requested_at IS NOT NULL FROM runs WHERE id = {mark}"  # noqa: S608
        with read_transaction(self._engine) as connection:  # asked between any two requests: nothing to compile
            return bool(fetch(connection, asked, (run_id,))[0][0])

    def close_orphans(self) -> list[int]:
        """End what a process that is gone left. Only for who holds the "mirror" lock: then no run can be at work.

        Imports, confirmations and undoings are queued under that lock too, so one that still waits has nobody to do it.
        """
        left_behind = (Run.state == "running") | ((Run.state == "queued") & (Run.kind != "sync"))
        with read_transaction(self._engine) as connection:
            orphans = list(connection.scalars(select(Run.id).where(left_behind).order_by(Run.id)))
        return [
            run_id
            for run_id in orphans
            if self.close(
                run_id,
                Outcome.INTERRUPTED,
                detail="its process ended before the run did, or could not write down how it ended",
            )
        ]

    def active_run_id(self, source_id: int | None = None) -> int | None:
        """The run that is at work, or else the one queued longest."""
        query = select(Run.id).where(Run.state.in_(ACTIVE_STATES)).order_by(Run.state.desc(), Run.id)
        if source_id is not None:
            query = query.where(Run.source_id == source_id)
        with read_transaction(self._engine) as connection:
            return connection.scalar(query.limit(1))

    def active_run_ids(self) -> list[int]:
        """All runs that are queued or at work, those at work first."""
        query = select(Run.id).where(Run.state.in_(ACTIVE_STATES)).order_by(Run.state.desc(), Run.id)
        with read_transaction(self._engine) as connection:
            return list(connection.scalars(query))

    def queued(self) -> list[int]:
        """Queued syncs, the oldest first. The others are done by whoever queued them."""
        waiting = select(Run.id).where(Run.state == "queued", Run.kind == "sync").order_by(Run.id)
        with read_transaction(self._engine) as connection:
            return list(connection.scalars(waiting))

    def get(self, run_id: int) -> Row[Any]:
        """One run, all columns. Raises RunNotFound."""
        with read_transaction(self._engine) as connection:
            row = connection.execute(select(Run.__table__).where(Run.id == run_id)).one_or_none()
        if row is None:
            raise RunNotFound(run_id)
        return row

    def recent_syncs(self, source_id: int | None, limit: int = 10) -> list[Row[Any]]:
        """The latest syncs that waited or worked, of one source or of all, the newest first.

        Columns: queued_at, started_at, trigger, outcome, reason.
        """
        query = select(Run.queued_at, Run.started_at, Run.trigger, Run.outcome, Run.reason).where(Run.kind == "sync")
        if source_id is not None:
            query = query.where(Run.source_id == source_id)
        with read_transaction(self._engine) as connection:
            return [*connection.execute(query.order_by(Run.id.desc()).limit(limit))]


def close_orphans_if_idle(ledger: RunLedger, locks: Locks) -> list[int]:
    """End the runs whose process is gone; none while somebody is at work."""
    lock = locks.try_hold("mirror")
    if lock is None:
        return []
    try:
        return ledger.close_orphans()
    finally:
        lock.release()


@contextmanager
def sole_writer(ledger: RunLedger, locks: Locks) -> Iterator[None]:
    """Be the only one who writes the mirror. Raises SyncBusy when somebody else is."""
    lock = locks.try_hold("mirror")
    if lock is None:
        raise SyncBusy(ledger.active_run_id())
    try:
        ledger.close_orphans()
        yield
    finally:
        lock.release()


def give_up(ledger: RunLedger, run_id: int, error: Exception) -> None:
    """End a run whose transaction failed; what it was about is as before."""
    reason = error.reason if isinstance(error, StorageError) else None
    detail = str(error) if isinstance(error, WaxmirrorError) else f"unexpected {type(error).__name__}"
    with suppress(StorageError):  # a database that is still busy: whoever writes next ends what nobody works on
        ledger.close(run_id, Outcome.FAILED, reason, detail)


def finish(
    connection: Connection,
    run_id: int,
    outcome: Outcome,
    *,
    at: datetime,
    reason: Reason | None = None,
    states: Sequence[str] = ACTIVE_STATES,
    **values: Any,
) -> bool:
    """End a run inside a transaction of the caller's; what it staged goes. False when it was ended before."""
    if values.get("detail"):
        values["detail"] = quoted(values["detail"], LONGEST_DETAIL)
    ended = connection.execute(
        update(Run)
        .where(Run.id == run_id, Run.state.in_(states))
        .values(
            state="finished",
            outcome=str(outcome),
            reason=str(reason) if reason else None,
            finished_at=at,
            waiting_for=None,
            **values,
        )
    ).rowcount
    if ended:
        for stream in STREAMS.values():
            connection.execute(delete(stream.staged).where(stream.staged.c.run_id == run_id))
    return bool(ended)
