"""The stage: what a run found new or changed, kept outside the mirror until all of it is applied at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from app.core.artist_keys import artist_key
from app.core.mirrored import Record
from app.core.plan import Verdict
from app.core.records import Counters
from app.core.text import format_tokens, searchable
from app.models.base import Flag, UtcTime, stored_time
from app.models.streams import Stream
from app.models.transactions import write_transaction

COUNTERS = ("community_have", "community_want")


class Stage:
    """The staged rows of one run. Rows are buffered and written in few, short transactions."""

    def __init__(self, engine: Engine, run_id: int, stream: Stream, *, flush_at: int = 4000) -> None:
        self._engine = engine
        self._run_id = run_id
        self._flush_at = flush_at
        self._buffer: list[tuple[Any, ...]] = []
        self._has_counters = COUNTERS[0] in stream.staged.c
        self._times = _places(stream, UtcTime)
        self._flags = _places(stream, Flag) if engine.dialect.name == "sqlite" else []
        columns = (
            "run_id",
            "verdict",
            *stream.mirrored,
            *(COUNTERS if self._has_counters else ()),
            "told_at",
            "artist_key",
        )
        marks = ", ".join(["?" if engine.dialect.name == "sqlite" else "%s"] * len(columns))
        names = ", ".join(columns)
        self._insert = f"INSERT INTO {stream.staged.name} ({names}) VALUES ({marks})"  # noqa: S608  our own names

    def put(
        self,
        verdict: Verdict,
        record: Record,
        counters: Counters,
        fingerprint: bytes,
        told_at: datetime | None = None,
    ) -> None:
        """Stage a row; each key at most once per run. `told_at` is when it was true, if not now."""
        self._buffer.append(self._values(verdict, record, counters, fingerprint, told_at))
        if len(self._buffer) >= self._flush_at:
            self.flush()

    def flush(self) -> None:
        """Write what is buffered."""
        if not self._buffer:
            return
        with write_transaction(self._engine) as connection:
            connection.exec_driver_sql(self._insert, self._buffer)
        self._buffer = []

    def _values(
        self,
        verdict: Verdict,
        record: Record,
        counters: Counters,
        fingerprint: bytes,
        told_at: datetime | None,
    ) -> tuple[Any, ...]:
        values: list[Any] = list(record)
        for place in self._times:
            if values[place] is not None:
                values[place] = self._time(values[place])
        for place in self._flags:
            if values[place] is not None:
                values[place] = int(values[place])
        return (
            self._run_id,
            str(verdict),
            *values,
            fingerprint,
            searchable(record.artist, record.title, record.label, record.catalog_number),
            format_tokens(record.format),
            *(counters if self._has_counters else ()),
            None if told_at is None else self._time(told_at),
            artist_key(record.artist),
        )

    def _time(self, moment: datetime) -> Any:
        return stored_time(moment, self._engine.dialect.name)


def is_staged(connection: Connection, stream: Stream, run_id: int) -> bool:
    """Whether the run staged anything at all."""
    query = select(stream.staged_key).where(stream.staged.c.run_id == run_id).limit(1)
    return connection.scalar(query) is not None


def staged_count(connection: Connection, stream: Stream, run_id: int) -> int:
    """How many rows the run staged."""
    query = select(func.count()).select_from(stream.staged).where(stream.staged.c.run_id == run_id)
    return int(connection.scalar(query) or 0)


def _places(stream: Stream, kind: type) -> list[int]:
    """Where in a record values of this kind stand."""
    return [place for place, name in enumerate(stream.record._fields) if isinstance(stream.rows.c[name].type, kind)]
