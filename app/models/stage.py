"""The stage: what a run found new or changed, kept outside the mirror until all of it is applied at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from app.core.plan import Verdict
from app.core.records import Counters, Listing
from app.core.text import format_tokens, searchable
from app.models.base import stored_time
from app.models.listing import StagedListing
from app.models.transactions import write_transaction

DERIVED = ("fingerprint", "search_text", "format_tokens")
COLUMNS = ("run_id", "verdict", *Listing._fields, *DERIVED, "community_have", "community_want", "told_at")
POSTED, OFFERS = Listing._fields.index("posted_at"), Listing._fields.index("allow_offers")
LISTING_COLUMNS = [StagedListing.__table__.c[name] for name in Listing._fields]


class Stage:
    """The staged rows of one run. Rows are buffered and written in few, short transactions."""

    def __init__(self, engine: Engine, run_id: int, *, flush_at: int = 1000) -> None:
        self._engine = engine
        self._run_id = run_id
        self._flush_at = flush_at
        self._buffer: list[tuple[Any, ...]] = []
        marks = ", ".join(["?" if engine.dialect.name == "sqlite" else "%s"] * len(COLUMNS))
        self._insert = f"INSERT INTO staged_listings ({', '.join(COLUMNS)}) VALUES ({marks})"  # noqa: S608  own names

    def put(
        self,
        verdict: Verdict,
        listing: Listing,
        counters: Counters,
        fingerprint: bytes,
        told_at: datetime | None = None,
    ) -> None:
        """Stage a row; each listing id at most once per run. `told_at` is when it was true, if not now."""
        self._buffer.append(self._values(verdict, listing, counters, fingerprint, told_at))
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
        listing: Listing,
        counters: Counters,
        fingerprint: bytes,
        told_at: datetime | None,
    ) -> tuple[Any, ...]:
        values: list[Any] = list(listing)
        if values[POSTED] is not None:
            values[POSTED] = self._time(values[POSTED])
        if values[OFFERS] is not None and self._engine.dialect.name == "sqlite":
            values[OFFERS] = int(values[OFFERS])
        return (
            self._run_id,
            str(verdict),
            *values,
            fingerprint,
            searchable(listing.artist, listing.title, listing.label, listing.catalog_number),
            format_tokens(listing.format),
            counters.have,
            counters.want,
            None if told_at is None else self._time(told_at),
        )

    def _time(self, moment: datetime) -> Any:
        return stored_time(moment, self._engine.dialect.name)


def is_staged(connection: Connection, run_id: int) -> bool:
    """Whether the run staged anything at all."""
    return (
        connection.scalar(select(StagedListing.listing_id).where(StagedListing.run_id == run_id).limit(1)) is not None
    )


def staged_count(connection: Connection, run_id: int) -> int:
    """How many rows the run staged."""
    query = select(func.count()).select_from(StagedListing).where(StagedListing.run_id == run_id)
    return int(connection.scalar(query) or 0)


def listing_of(row: Row[Any] | Sequence[Any]) -> Listing:
    """The Listing in the first columns of a row selected with the columns in record order."""
    return Listing(*row[: len(Listing._fields)])
