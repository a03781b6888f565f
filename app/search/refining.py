"""The parts of a question that need our own folding: they are decided row by row."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from app.core.query import SearchQuery
from app.core.text import format_tokens, list_items, meaningful, words

# A shop of a hundred thousand records has some ten thousand format texts; what is walked in order and does not fit is
# never found again.
KEPT_FORMATS = 32_768


def needs_refining(query: SearchQuery) -> bool:
    """Whether SQL alone cannot answer the question."""
    return bool(query.artist or query.label or query.genre or query.style or query.country)


def is_answer(query: SearchQuery, row: Row[*tuple[Any, ...]]) -> bool:
    """Whether a candidate (with artist, label, genres, styles and country) really answers the question."""
    return (
        set(query.artist) <= _words_of(row.artist)
        and set(query.label) <= _words_of(row.label)
        and _has_item(row.genres, query.genre)
        and _has_item(row.styles, query.style)
        and (not query.country or meaningful(row.country or "") == query.country)
    )


def has_formats(text: str | None, query: SearchQuery) -> bool:
    """Whether a format text has what the question asks for."""
    return not query.format or set(query.format) <= format_parts(text)


@lru_cache(maxsize=KEPT_FORMATS)
def format_parts(text: str | None) -> frozenset[str]:
    """What of a format text can be asked for."""
    return frozenset(format_tokens(text).split())


@lru_cache(maxsize=8192)
def _words_of(text: str | None) -> frozenset[str]:
    return frozenset(words(text or ""))


def _has_item(text: str | None, wanted: tuple[str, ...]) -> bool:
    return not wanted or wanted in list_items(text)
