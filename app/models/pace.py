"""One pace for all processes that speak to Discogs: its limit counts per address, and a command or a second web
process beside the one that syncs has the same address.

SQLite, which is one host: a small file beside the database, under `flock`; a write to the database itself would wait
for a run that is being applied. PostgreSQL, which may be many hosts: a row, timed by the server's clock.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from sqlalchemy import Engine, LargeBinary, Text, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from app.core.pace import PaceKeeper, PaceState
from app.models.base import Base

logger = logging.getLogger(__name__)

PATIENCE_S, BETWEEN_TRIES_S = 1.0, 0.005
APART_S = 30.0  # before the shared pace is tried again
CONNECT_WITHIN_S = 5
MOST_BYTES = 2**23
READ = "SELECT state, EXTRACT(EPOCH FROM clock_timestamp())::float8 FROM shared_paces WHERE name = :name"
STORE = "UPDATE shared_paces SET state = :state WHERE name = :name"
MAKE = "INSERT INTO shared_paces (name, state) VALUES (:name, '') ON CONFLICT DO NOTHING"
SETTINGS = f"-c lock_timeout={PATIENCE_S * 1000:.0f} -c synchronous_commit=off"


class SharedPace(Base):
    """The calls of the last minute, as `app.core.pace` packs them."""

    __tablename__ = "shared_paces"
    __table_args__ = ({"sqlite_strict": True},)

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)


def pace_for(engine: Engine, name: str) -> PaceKeeper:
    """The kind of keeper that fits the database behind `engine`."""
    if engine.dialect.name == "sqlite":
        return Tolerant(FilePace(Path(f"{engine.url.database}.locks") / f"{name}.pace"))
    return Tolerant(RowPace(engine, name))


class FilePace:
    """A pace in a file. Raises OSError, which TimeoutError is, when the file cannot be had."""

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = path
        self._clock = clock
        self._sleep = sleep

    @contextmanager
    def held(self) -> Iterator[PaceState]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock(descriptor)
            state = PaceState.unpacked(os.pread(descriptor, MOST_BYTES, 0), self._clock())
            yield state
            packed = state.packed()
            os.pwrite(descriptor, packed, 0)
            os.ftruncate(descriptor, len(packed))
        finally:
            os.close(descriptor)

    def seen(self) -> PaceState:
        try:
            return PaceState.unpacked(self._path.read_bytes(), self._clock())
        except FileNotFoundError:
            return PaceState(self._clock())

    def close(self) -> None:
        """Nothing is open between two calls."""

    def _lock(self, descriptor: int) -> None:
        """Held by others for microseconds, unless one of them was stopped meanwhile."""
        latest = time.monotonic() + PATIENCE_S
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= latest:
                    raise TimeoutError(f"somebody keeps {self._path} locked") from None
                self._sleep(BETWEEN_TRIES_S)


class RowPace:
    """A pace in a row of PostgreSQL, on connections of its own: it must not wait for what a run has begun."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = create_engine(
            engine.url,
            pool_size=1,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_WITHIN_S, "options": SETTINGS},
        )
        self._name = {"name": name}

    @contextmanager
    def held(self) -> Iterator[PaceState]:
        with self._engine.begin() as connection:
            locked = text(f"{READ} FOR UPDATE")
            row = connection.execute(locked, self._name).first()
            if row is None:
                connection.execute(text(MAKE), self._name)
                row = connection.execute(locked, self._name).one()
            state = PaceState.unpacked(row[0], row[1])
            yield state
            connection.execute(text(STORE), {**self._name, "state": state.packed()})

    def seen(self) -> PaceState:
        with self._engine.connect() as connection:
            row = connection.execute(text(READ), self._name).first()
        return PaceState.unpacked(*row) if row else PaceState(time.time())

    def close(self) -> None:
        self._engine.dispose()


class Tolerant:
    """A shared pace that falls back to what this process knows of it while it cannot be had: a full disk, a server
    that restarts, a process that was stopped with the lock in its hand.

    What happens to the data then is for others to judge; the calls stay counted, and are told to all afterwards.
    """

    def __init__(self, shared: FilePace | RowPace, clock: Callable[[], float] = time.monotonic) -> None:
        self._shared = shared
        self._clock = clock
        self._lock = RLock()
        self._known: PaceState | None = None  # by this process's clock
        self._is_apart = False
        self._apart_until = 0.0

    @contextmanager
    def held(self) -> Iterator[PaceState]:
        with self._lock:
            if self._is_apart and self._clock() < self._apart_until:
                yield self._own()
                return
            state: PaceState | None = None
            ahead = 0.0
            try:
                with self._shared.held() as state:
                    ahead = self._joined(state)
                    yield state
            except (OSError, DBAPIError) as error:
                self._lost(error)
                if state is None:
                    yield self._own()
                    return
            else:
                self._is_apart = False
            self._known = state.shifted(-ahead)

    def seen(self) -> PaceState:
        with self._lock:
            if self._is_apart and self._clock() < self._apart_until:
                return self._own()
        try:
            state = self._shared.seen()
        except (OSError, DBAPIError) as error:
            with self._lock:
                self._lost(error)
                return self._own()
        with self._lock:
            self._joined(state)
        return state

    def close(self) -> None:
        self._shared.close()

    def _joined(self, state: PaceState) -> float:
        """How far the clock of all is ahead of ours; what was done apart from them is in their state then."""
        ahead = state.now - self._clock()
        if self._is_apart and self._known is not None:
            state.join(self._known.shifted(ahead))
        return ahead

    def _own(self) -> PaceState:
        now = self._clock()
        self._known = self._known or PaceState(now)
        self._known.now = now
        return self._known

    def _lost(self, error: Exception) -> None:
        if not self._is_apart:
            logger.warning("the pace of all processes cannot be had, each keeps its own meanwhile: %s", error)
        self._is_apart = True
        self._apart_until = self._clock() + APART_S
