"""Relevance: how well a listing fits the words, counted where an index of either database could not agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row

from app.core.text import words

ARTIST, TITLE, ELSEWHERE, BEGINNING = 8, 4, 2, 1


def most_relevant(rows: Iterable[Row[*tuple[Any, ...]]], wanted: Sequence[str]) -> list[int]:
    """The ranks of rows (rank, artist, title, label, catalogue number), the best fitting first, then the newest."""
    scored = [(_score(row[1:], wanted), row[0]) for row in rows]
    return [rank for _, rank in sorted(scored, reverse=True)]


def _score(texts: Sequence[str | None], wanted: Sequence[str]) -> int:
    """A word counts where it stands; a field that is just what was asked for counts for all its words again."""
    found = [words(text or "") for text in texts[:4]]
    score = 0
    for field, weight in zip(found, (ARTIST, TITLE, ELSEWHERE, ELSEWHERE), strict=True):
        score += sum(weight for word in wanted if word in field)
        score += sum(BEGINNING for word in field if word != wanted[-1] and word.startswith(wanted[-1]))
        if field and set(field) == set(wanted):
            score += weight * len(wanted)
    return score
