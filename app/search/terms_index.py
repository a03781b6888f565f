"""The index of terms: SQLite's FTS5 or PostgreSQL's tsvector, behind the same statements."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pyroaring import BitMap
from sqlalchemy import ColumnElement, Connection, FromClause, Select, select

from app.core.query import MOST_RANKED, SearchQuery
from app.core.terms import Wanted, wanted_of
from app.models import Account, ListingRow, ReleaseRow, ShopDocument, Source
from app.search.conditions import Condition, one_of, order_of, range_conditions
from app.search.dialects import documents_of, fts_rank, matching
from app.search.port import BATCH, Batch, Hits, Recall
from app.search.postings import Postings
from app.search.relevance import most_relevant

L, R, D = ListingRow.__table__.c, ReleaseRow.__table__.c, ShopDocument.__table__.c
NEWEST, RELEVANCE = "-posted", "relevance"


class TermsIndex:
    """Finds what the shop shows by its terms. Good only for the state whose documents it was made with."""

    def __init__(self, shown: int, recall: Recall) -> None:
        self._shown = shown
        self._recall = recall

    def find(
        self,
        connection: Connection,
        query: SearchQuery,
        *,
        sources: Collection[int],
        columns: Sequence[ColumnElement[Any]],
        among: Collection[int] | None = None,
    ) -> Hits:
        others = tuple(one_of(among))
        return TermsHits(connection, query, frozenset(sources), tuple(columns), self._shown, self._recall, others)


@dataclass(frozen=True)
class TermsHits:
    """What the index found. Counting and reading are a statement each."""

    connection: Connection
    query: SearchQuery
    sources: frozenset[int]
    columns: tuple[ColumnElement[Any], ...]
    shown: int
    recall: Recall
    others: tuple[Condition, ...] = ()

    def total(self) -> int:
        if self._found is None:
            return self.shown
        return len(self._found)

    def positions(self) -> BitMap | None:
        """Where the hits of all pages stand among the documents in the order of their ranks; None: all of them."""
        return self._found

    def batches(self) -> Iterator[Batch]:
        yield from self._read(*self.columns)

    def newest(self) -> Sequence[int] | None:
        """Where the listings of the page stand, the newest first; None where that is not its order, or it is long."""
        if not self._is_newest_page:
            return None
        total, limit, offset = self.total(), self.query.limit or self.shown, self.query.offset
        start, stop = max(total - offset - limit, 0), max(total - offset, 0)
        return list(reversed(range(start, stop) if self._found is None else self._found[start:stop]))

    def documents(self) -> Iterator[Sequence[bytes]]:
        """The same page as the listings' public JSON."""
        if (page := self.newest()) is not None:
            yield documents_of(self.connection, self._postings.ranks_at(page))
            return
        for rows in self._read(D.document):
            yield [row[0] for row in rows]

    def _read(self, *columns: ColumnElement[Any]) -> Iterator[Batch]:
        query = self.query
        if (page := self.newest()) is not None:
            yield from self._read_ranked(self._postings.ranks_at(page), columns)
            return
        if query.sort == RELEVANCE and query.words and self.total() <= MOST_RANKED:
            yield from self._read_ranked(self._most_relevant(), columns)
            return
        statement = self._select(*columns).order_by(*self._order())
        if query.limit is not None:
            statement = statement.limit(query.limit).offset(query.offset)
        result = self.connection.execute(statement.execution_options(yield_per=BATCH))
        try:
            yield from result.partitions()
        finally:
            result.close()

    def _most_relevant(self) -> Sequence[int]:
        """The ranks of the page, the best first."""
        query = self.query
        statement = self._select(D.rank, L.artist, L.title, L.label, L.catalog_number)
        ranked = most_relevant(self.connection.execute(statement), query.words)
        return ranked if query.limit is None else ranked[query.offset : query.offset + query.limit]

    def _read_ranked(self, page: Sequence[int], columns: Sequence[ColumnElement[Any]]) -> Iterator[Batch]:
        statement = select(*columns, D.rank.label("hit")).select_from(_joined(ShopDocument.__table__))
        rows = {row.hit: row for row in self.connection.execute(statement.where(D.rank.in_(page)))}
        yield [rows[number] for number in page]

    def _select(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """The columns of all hits; tables that nothing is asked of are left out."""
        wanted = {column.table for column in columns if hasattr(column, "table")}
        needs_rows = bool(wanted - {ShopDocument.__table__}) or self._is_sorted_by_rows or bool(self._ranges)
        source, conditions = self._matched
        if needs_rows:
            source = _joined(source)
        return select(*columns).select_from(source).where(*conditions, *self._ranges)

    @property
    def _is_newest_page(self) -> bool:
        """Whether the page is short and in the order of the ranks."""
        limit = self.query.limit
        has_no_words = self.query.sort == RELEVANCE and not self.query.words
        return limit is not None and limit <= BATCH and (self.query.sort == NEWEST or has_no_words)

    @cached_property
    def _found(self) -> BitMap | None:
        """The positions of all hits; None when that is every document."""
        if self._ranges:  # no index of terms knows them: the rows decide
            return self._postings.at(self.connection.scalars(self._select(D.rank)))
        return self._postings.having(self._wanted, self._seller_ids)

    @cached_property
    def _postings(self) -> Postings:
        return Postings(self.connection, self.recall)

    @cached_property
    def _matched(self) -> tuple[FromClause, tuple[Condition, ...]]:
        return matching(self.connection.dialect.name, self._wanted, self._seller_ids)

    @cached_property
    def _wanted(self) -> Wanted:
        return wanted_of(self.query)

    @cached_property
    def _ranges(self) -> tuple[Condition, ...]:
        return (*range_conditions(self.query), *self.others)

    @cached_property
    def _seller_ids(self) -> tuple[int, ...] | None:
        """The sources of the seller who is asked for; None when nobody is."""
        if self.query.seller is None:
            return None
        statement = select(Source.id).join(Account).where(Account.username_key == self.query.seller)
        return tuple(number for number in self.connection.scalars(statement) if number in self.sources)

    @property
    def _is_sorted_by_rows(self) -> bool:
        return self.query.sort not in {NEWEST, RELEVANCE}

    def _order(self) -> list[ColumnElement[Any]]:
        if self._is_sorted_by_rows:
            return order_of(self.query, self.connection.dialect.name)
        return [fts_rank(self.connection.dialect.name, self._matched[0]).desc()]


def _joined(source: FromClause) -> FromClause:
    listings = source.join(ListingRow.__table__, L.listing_id == D.listing_id)
    return listings.outerjoin(ReleaseRow.__table__, R.release_id == L.release_id)
