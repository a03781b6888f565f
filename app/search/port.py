"""The port: what every index must be able to answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Connection, Row

from app.core.query import SearchQuery

BATCH = 1000
Value = TypeVar("Value")

Batch = Sequence[Row[*tuple[Any, ...]]]


class Hits(Protocol):
    """The listings that answer a question. Valid as long as the connection's transaction lasts."""

    def total(self) -> int:
        """How many there are, on all pages."""

    def batches(self) -> Iterator[Batch]:
        """The page asked for, in order, in batches of at most 1,000 rows."""


class Recall(Protocol):
    """Remembers what was counted in one state of the shop."""

    def __call__(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """What was made for this key in this state, or what `make` makes now."""


class ListingIndex(Protocol):
    """Finds listings that are for sale. Equal questions get equal answers on every kind of database."""

    def find(
        self,
        connection: Connection,
        query: SearchQuery,
        *,
        sources: Collection[int],
        columns: Sequence[ColumnElement[Any]],
        among: Collection[int] | None = None,
    ) -> Hits:
        """The listings of `sources` that answer `query`, with `columns` of listings and releases.

        With `among`, at most some thousand listing ids, no others are looked at.
        """
