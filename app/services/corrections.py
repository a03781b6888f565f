"""What was meant where nothing answers: the first correction with which something is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Connection

from app.core.query import SearchQuery
from app.search.port import Hits, ListingIndex
from app.search.suggestions import suggestions
from app.search.terms_index import TermsIndex

Find = Callable[[SearchQuery], Hits]


def corrections_of(connection: Connection, index: ListingIndex, query: SearchQuery) -> Iterable[SearchQuery]:
    """Questions with mended words, the likeliest first; the words are those of the index of terms."""
    return suggestions(connection, query) if isinstance(index, TermsIndex) else ()


def first_answered(corrections: Iterable[SearchQuery], find: Find) -> tuple[SearchQuery, Hits] | None:
    """The first of them that finds something, and what it finds."""
    answers = ((query, find(query)) for query in corrections)
    return next((answer for answer in answers if answer[1].total()), None)
