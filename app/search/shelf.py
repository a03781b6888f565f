"""Find copies in collections: the shop's own words and folding, over the copies themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select, tuple_

from app.core.enrichment import Field
from app.core.shelf_query import EVERYTHING, NOT_RATED, ShelfQuery
from app.models import CopyRow, ReleaseRow
from app.search.conditions import Condition, described_conditions, in_byte_order, year_conditions
from app.search.facet_columns import FacetColumns
from app.search.facets import Facets, FacetValue
from app.search.lacking import NEEDED, KnownFields
from app.search.port import BATCH, Batch
from app.search.refining import is_answer, needs_refining

C, R = CopyRow.__table__.c, ReleaseRow.__table__.c
COPIES_WITH_RELEASES = CopyRow.__table__.outerjoin(ReleaseRow.__table__, C.release_id == R.release_id)
KEY = (C.source_id, C.instance_id)
REFINED = (*KEY, C.removed_at, C.release_id, C.cover_image, C.thumb, C.artist, C.label, C.genres, C.styles, R.country)
KEYS_PER_STATEMENT = 400


class Counts(NamedTuple):
    """How many copies answer: ever seen, and there now."""

    ever: int
    active: int


@dataclass(frozen=True)
class CopyHits:
    """The copies of `sources` that answer a question. Valid as long as the connection's transaction lasts.

    `own` are those of the sources that the visitor owns: only there folders are looked at.
    """

    connection: Connection
    query: ShelfQuery
    sources: Collection[int]
    own: Collection[int]

    @cached_property
    def counts(self) -> Counts:
        """How many there are on all pages."""
        if self._keys is not None:
            return Counts(len(self._keys), sum(is_active for _, is_active in self._keys))
        counted = select(func.count(), func.count().filter(C.removed_at.is_(None))).where(*self._conditions)
        return Counts(*self.connection.execute(counted).one())

    def batches(self, columns: Sequence[ColumnElement[Any]], *, whole: bool = False) -> Iterator[Batch]:
        """The page asked for, or all pages, in order, in batches of at most 1,000 rows of these columns."""
        yield from self._straight(columns, whole) if self._keys is None else self._by_key(columns, whole)

    def facets(self, described: Sequence[ColumnElement[Any]]) -> Facets:
        """What all of them are made of; `described` stand in the places of FACET_COLUMNS."""
        batches = self.batches(described, whole=True)
        return FacetColumns.of([row[: len(described)] for row in rows] for rows in batches).count()

    def missing(self) -> list[FacetValue]:
        """Of how many copies of the visitor's own each field of enrichment is not known; two statements."""
        known = KnownFields(self.connection, tuple(Field))
        rows = [row for batch in self.batches(NEEDED, whole=True) for row in batch if row.source_id in self.own]
        return [{"value": str(field), "count": sum(known.lacks(field, row) for row in rows)} for field in Field]

    def _straight(self, columns: Sequence[ColumnElement[Any]], whole: bool) -> Iterator[Batch]:
        statement = self._ordered(columns, self._shown())
        if not whole:
            statement = statement.limit(self.query.page_size).offset(self.query.offset)
        result = self.connection.execute(statement.execution_options(yield_per=BATCH))
        try:
            yield from result.partitions()
        finally:
            result.close()

    def _by_key(self, columns: Sequence[ColumnElement[Any]], whole: bool) -> Iterator[Batch]:
        is_wanted = self.query.is_active is not False
        keys = [key for key, is_active in self._keys or () if is_active is is_wanted]
        if not whole:
            keys = keys[self.query.offset : self.query.offset + self.query.page_size]
        for start in range(0, len(keys), KEYS_PER_STATEMENT):
            chunk = keys[start : start + KEYS_PER_STATEMENT]
            statement = select(*columns, *(each.label(f"key_{each.name}") for each in KEY))
            statement = statement.select_from(COPIES_WITH_RELEASES).where(tuple_(*KEY).in_(chunk))
            rows = {tuple(row[-len(KEY) :]): row for row in self.connection.execute(statement)}
            yield [rows[key] for key in chunk]

    @cached_property
    def _keys(self) -> list[tuple[tuple[int, int], bool]] | None:
        """The keys of all that answer, and whether each is there now; None when SQL answers by itself."""
        asked, missing = self.query.search, self.query.missing
        if not needs_refining(asked) and missing is None:
            return None
        told = KnownFields(self.connection, [missing]) if missing else None
        wanted = ((C.genres, asked.genre), (C.styles, asked.style), (R.country, asked.country))
        known = [column.is_not(None) for column, words in wanted if words]
        statement = self._ordered(REFINED, known)
        candidates = self.connection.execute(statement.execution_options(yield_per=BATCH))
        return [
            ((row.source_id, row.instance_id), row.removed_at is None)
            for row in candidates
            if is_answer(asked, row) and (missing is None or told is None or told.lacks(missing, row))
        ]

    def _shown(self) -> list[Condition]:
        return [C.removed_at.is_not(None) if self.query.is_active is False else C.removed_at.is_(None)]

    @cached_property
    def _conditions(self) -> tuple[Condition, ...]:
        return tuple(_conditions_of(self.query, self.sources, self.own))

    def _ordered(self, columns: Sequence[ColumnElement[Any]], also: Sequence[Condition]) -> Select[Any]:
        order = _order_of(self.query.sort, self.connection.dialect.name)
        found = select(*columns).select_from(COPIES_WITH_RELEASES).where(*self._conditions, *also)
        return found.order_by(*order)


def active_in(sources: Collection[int]) -> Condition:
    """Copies of these sources that are there now."""
    return and_(C.source_id.in_(sorted(sources)), C.removed_at.is_(None))


def rows_of(
    connection: Connection, instance_id: int, sources: Collection[int], columns: Sequence[ColumnElement[Any]]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The copy with this id in each of the sources that has one."""
    statement = select(*columns).select_from(COPIES_WITH_RELEASES)
    found = statement.where(C.instance_id == instance_id, C.source_id.in_(sorted(sources))).order_by(C.source_id)
    return connection.execute(found).all()


def _conditions_of(query: ShelfQuery, sources: Collection[int], own: Collection[int]) -> Iterator[Condition]:
    yield C.source_id.in_(sorted(sources))
    yield from described_conditions(query.search, CopyRow.__table__)
    yield from year_conditions(query.search, C.year)
    if query.folder not in {None, EVERYTHING}:
        yield and_(C.source_id.in_(sorted(own)), C.folder_id == query.folder)
    if query.rating is not None:
        yield C.rating.is_(None) if query.rating == NOT_RATED else C.rating == query.rating
    if query.missing is not None:
        yield C.source_id.in_(sorted(own))
    if query.is_active is False:
        yield and_(C.source_id.in_(sorted(own)), C.removed_at.is_not(None))


def _order_of(sort: str, dialect: str) -> list[ColumnElement[Any]]:
    """The order asked for, unknown values last, and the key where all else is equal."""
    columns: Mapping[str, ColumnElement[Any]] = {
        "added": C.added_at,
        "year": C.year,
        "rating": C.rating,
        "title": func.lower(in_byte_order(C.title, dialect)),
        "artist": in_byte_order(C.search_text, dialect),  # it begins with the folded artist
    }
    column = columns[sort.removeprefix("-")]
    if sort.startswith("-"):
        return [column.desc().nulls_last(), *(each.desc() for each in reversed(KEY))]
    return [column.asc().nulls_last(), *(each.asc() for each in reversed(KEY))]
