"""The index of terms: SQLite's FTS5 or PostgreSQL's tsvector, behind the same statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, func, select

from app.core.query import SearchQuery
from app.core.terms import Wanted, wanted_of
from app.models import Account, ListingRow, ReleaseRow, ShopDocument, Source
from app.search.conditions import Condition, one_of, order_of, range_conditions
from app.search.dialects import (
    count_matches,
    documents_of,
    few_ranks,
    fts_rank,
    matching,
    newest_documents,
    ranks_of_matches,
    words_beginning,
)
from app.search.port import BATCH, Batch, Hits, Recall
from app.search.relevance import MOST_RANKED, most_relevant

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
        if self._wanted.is_empty and self._seller_ids is None and not self._ranges:
            return self.shown
        if self.others:
            return self._count()
        everything = replace(self.query, limit=None, page=1, sort=NEWEST)
        return self.recall(("total", everything), self._count)

    def ranks(self) -> Iterable[int] | None:
        """The ranks of all hits on all pages, in no order; None when that is every document."""
        if self._ranges:
            return self.connection.scalars(self._select(D.rank)).all()
        if self._wanted.is_empty and self._seller_ids is None:
            return None
        return ranks_of_matches(self.connection, self._wanted, self._seller_ids)

    def _count(self) -> int:
        if not self._ranges:
            if self._is_newest_page and self._few is not None:
                return len(self._few)
            return count_matches(self.connection, self._wanted, self._seller_ids)
        return int(self.connection.scalar(self._select(func.count())) or 0)

    def batches(self) -> Iterator[Batch]:
        yield from self._read(*self.columns)

    def documents(self) -> Iterator[Sequence[bytes]]:
        """The same page as the listings' public JSON."""
        query, limit = self.query, self.query.limit
        if limit is not None and self._is_newest_page:
            if self._few is not None:
                yield documents_of(self.connection, self._few[query.offset : query.offset + limit])
                return
            yield newest_documents(self.connection, self._wanted, self._seller_ids, limit=limit, offset=query.offset)
            return
        for rows in self._read(D.document):
            yield [row[0] for row in rows]

    def _read(self, *columns: ColumnElement[Any]) -> Iterator[Batch]:
        query = self.query
        if query.sort == RELEVANCE and query.words and (ranked := self._most_relevant()) is not None:
            yield from self._read_ranked(ranked, columns)
            return
        statement = self._select(*columns).order_by(*self._order())
        if query.limit is not None:
            statement = statement.limit(query.limit).offset(query.offset)
        result = self.connection.execute(statement.execution_options(yield_per=BATCH))
        try:
            yield from result.partitions()
        finally:
            result.close()

    def _most_relevant(self) -> list[int] | None:
        """The ranks of all hits, the best first; None when there are more than are worth ranking."""
        statement = self._select(D.rank, L.artist, L.title, L.label, L.catalog_number).limit(MOST_RANKED + 1)
        found = self.connection.execute(statement).all()
        return most_relevant(found, self.query.words) if len(found) <= MOST_RANKED else None

    def _read_ranked(self, ranked: list[int], columns: Sequence[ColumnElement[Any]]) -> Iterator[Batch]:
        query = self.query
        page = ranked if query.limit is None else ranked[query.offset : query.offset + query.limit]
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
        limit = self.query.limit
        return limit is not None and limit <= BATCH and self.query.sort == NEWEST and not self._ranges

    @cached_property
    def _few(self) -> Sequence[int] | None:
        """The ranks of all hits, when they are so few that this counts them by the way."""
        if self._wanted.is_empty and self._seller_ids is None:
            return None
        return few_ranks(self.connection, self._wanted, self._seller_ids, BATCH)

    @cached_property
    def _matched(self) -> tuple[FromClause, tuple[Condition, ...]]:
        return matching(self.connection.dialect.name, self._wanted, self._seller_ids)

    @cached_property
    def _wanted(self) -> Wanted:
        """What is asked for; a beginning of few words as those words, which are cheaper to find."""
        wanted = wanted_of(self.query)
        beginning = wanted.beginning
        if beginning is None:
            return wanted
        words = self.recall(("beginning", beginning), lambda: words_beginning(self.connection, beginning))
        return wanted if words is None else replace(wanted, beginning=None, any_of=words)

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
