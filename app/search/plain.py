"""The plain index: two folded columns of the listings themselves. Serves both databases until there is a faster one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from app.core.query import SearchQuery
from app.models import FORMAT_SHOWN, ListingRow, ReleaseRow
from app.search.conditions import Condition, conditions_of, in_shop, one_of, order_of
from app.search.port import BATCH, Batch, Hits
from app.search.refining import has_formats, is_answer, needs_refining

L, R = ListingRow.__table__.c, ReleaseRow.__table__.c
IDS_PER_STATEMENT = 500
REFINED = (L.listing_id, L.artist, L.label, FORMAT_SHOWN, R.genres, R.styles, R.country)
LISTINGS_WITH_RELEASES = ListingRow.__table__.outerjoin(ReleaseRow.__table__, L.release_id == R.release_id)


class PlainIndex:
    """Every word by LIKE; what LIKE cannot decide exactly is decided in Python before anything is counted."""

    def find(
        self,
        connection: Connection,
        query: SearchQuery,
        *,
        sources: Collection[int],
        columns: Sequence[ColumnElement[Any]],
        among: Collection[int] | None = None,
    ) -> Hits:
        conditions = (in_shop(sources), *conditions_of(query), *one_of(among))
        hits = RefinedHits if query.format or needs_refining(query) else DirectHits
        return hits(connection, query, conditions, tuple(columns))


@dataclass(frozen=True)
class DirectHits:
    """Hits that SQL finds by itself."""

    connection: Connection
    query: SearchQuery
    conditions: tuple[Condition, ...]
    columns: tuple[ColumnElement[Any], ...]

    def total(self) -> int:
        statement = select(func.count()).select_from(ListingRow.__table__).where(*self.conditions)
        return int(self.connection.scalar(statement) or 0)

    def batches(self) -> Iterator[Batch]:
        query = self.query
        statement = _ordered(self.columns, self.conditions, query, self.connection)
        if query.limit is not None:
            statement = statement.limit(query.limit).offset(query.offset)
        # A cursor on the server's side: constant memory, and one statement sees one state.
        result = self.connection.execute(statement.execution_options(yield_per=BATCH))
        try:
            yield from result.partitions()
        finally:
            result.close()


@dataclass(frozen=True)
class RefinedHits:
    """Hits among candidates that SQL finds."""

    connection: Connection
    query: SearchQuery
    conditions: tuple[Condition, ...]
    columns: tuple[ColumnElement[Any], ...]

    def total(self) -> int:
        return len(self._ids)

    def batches(self) -> Iterator[Batch]:
        query = self.query
        end = None if query.limit is None else query.offset + query.limit
        ids = self._ids[query.offset : end]
        for start in range(0, len(ids), IDS_PER_STATEMENT):
            chunk = ids[start : start + IDS_PER_STATEMENT]
            statement = select(*self.columns, L.listing_id.label("hit")).select_from(LISTINGS_WITH_RELEASES)
            rows = {row.hit: row for row in self.connection.execute(statement.where(L.listing_id.in_(chunk)))}
            yield [rows[number] for number in chunk]

    @cached_property
    def _ids(self) -> list[int]:
        wanted = ((R.genres, self.query.genre), (R.styles, self.query.style), (R.country, self.query.country))
        known = tuple(column.is_not(None) for column, asked in wanted if asked)
        statement = _ordered(REFINED, (*self.conditions, *known), self.query, self.connection)
        candidates = self.connection.execute(statement.execution_options(yield_per=BATCH))
        return [
            row.listing_id for row in candidates if is_answer(self.query, row) and has_formats(row.format, self.query)
        ]


def _ordered(
    columns: Sequence[ColumnElement[Any]],
    conditions: Sequence[Condition],
    query: SearchQuery,
    connection: Connection,
) -> Select[Any]:
    return (
        select(*columns)
        .select_from(LISTINGS_WITH_RELEASES)
        .where(*conditions)
        .order_by(*order_of(query, connection.dialect.name))
    )
