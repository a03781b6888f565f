"""The parts of a question that need our own folding: they are decided row by row."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from app.core.query import SearchQuery
from app.core.text import words


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
        and (not query.country or _meaningful(row.country or "") == query.country)
    )


@lru_cache(maxsize=8192)
def _words_of(text: str | None) -> frozenset[str]:
    return frozenset(words(text or ""))


def _has_item(text: str | None, wanted: tuple[str, ...]) -> bool:
    return not wanted or wanted in _items(text)


@lru_cache(maxsize=4096)
def _items(text: str | None) -> frozenset[tuple[str, ...]]:
    """The folded items of a list like `Rock, Folk, World, & Country`, where an item may hold commas itself."""
    pieces = [piece for part in (text or "").split(",") if (piece := _meaningful(part))]
    return frozenset(_runs(pieces))


def _runs(pieces: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for start in range(len(pieces)):
        for end in range(start + 1, len(pieces) + 1):
            yield tuple(word for piece in pieces[start:end] for word in piece)


def _meaningful(text: str) -> tuple[str, ...]:
    found = words(text)
    return tuple(word for word in found if any(sign.isalnum() for sign in word)) or tuple(found)
