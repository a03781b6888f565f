"""Did you mean: for a question that finds nothing, the same with words that the shop knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import nlargest
from itertools import product

from sqlalchemy import Connection, text

from app.core.query import LONGEST_TEXT, SearchQuery
from app.core.spelling import can_be_mistyped, near
from app.core.terms import term
from app.core.text import written

# How often a term occurs; beyond this many it is simply common.
COMMON = 100
# Who mistypes more of a question is understood by nobody.
MOST_SLIPS = 2
# So many corrections are tried of one word, and of each of two; each of them is looked up once.
MOST_TRIED = {1: 24, 2: 6}
_SQLITE = "SELECT term, doc FROM fts_shop_words WHERE term IN ({marks})"
_POSTGRESQL = """
SELECT asked.term, (SELECT count(*) FROM (
    SELECT 1 FROM shop_documents WHERE terms @@ CAST(quote_literal(asked.term) AS tsquery) LIMIT :common) AS few)
FROM unnest(CAST(:terms AS text[])) AS asked(term)
"""
_BEGINS_SQLITE = "SELECT 1 FROM fts_shop_words WHERE term >= ? AND term < ? LIMIT 1"
_BEGINS_POSTGRESQL = """
SELECT 1 FROM shop_documents WHERE terms @@ CAST(quote_literal(CAST(:beginning AS text)) || ':*' AS tsquery) LIMIT 1
"""
AFTER_ALL_TERMS = "\uf8ff"


def suggestions(connection: Connection, query: SearchQuery) -> Iterator[SearchQuery]:
    """Questions with one or two words of `query` corrected, the most frequent corrections first."""
    strange = _strange(connection, query.words)
    if not 0 < len(strange) <= MOST_SLIPS or not all(can_be_mistyped(query.words[at]) for at in strange):
        return
    candidates = [near(query.words[at]) for at in strange]
    meant = _occurrences(connection, frozenset().union(*candidates))
    likeliest = [_likeliest(one, meant, MOST_TRIED[len(strange)]) for one in candidates]
    for chosen in sorted(product(*likeliest), key=lambda words: _rarity(words, meant)):
        mended = dict(zip(strange, chosen, strict=True))
        words = tuple(mended.get(at, word) for at, word in enumerate(query.words))
        if len(written(words)) <= LONGEST_TEXT:  # signs that stand for several letters become these
            yield replace(query, words=words)


def _strange(connection: Connection, words: Sequence[str]) -> list[int]:
    """Which words the shop does not know. The last one is known where any word begins with it."""
    terms = [term(word) for word in words]
    known = _occurrences(connection, terms)
    strange = [at for at, one in enumerate(terms) if one not in known]
    if strange and strange[-1] == len(words) - 1 and _is_beginning(connection, terms[-1]):
        strange.pop()
    return strange


def _likeliest(words: Collection[str], meant: Mapping[str, int], number: int) -> list[str]:
    return nlargest(number, (word for word in words if word in meant), key=lambda word: (meant[word], word))


def _rarity(words: Sequence[str], meant: Mapping[str, int]) -> tuple[int, Sequence[str]]:
    return -sum(meant[word] for word in words), words


def _is_beginning(connection: Connection, beginning: str) -> bool:
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(_BEGINS_SQLITE, (beginning, beginning + AFTER_ALL_TERMS))
    else:
        found = connection.execute(text(_BEGINS_POSTGRESQL), {"beginning": beginning})
    return found.first() is not None


def _occurrences(connection: Connection, terms: Collection[str]) -> dict[str, int]:
    """How many documents have each of the terms; those that none has are left out."""
    if not terms:
        return {}
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(terms))
        rows = connection.exec_driver_sql(_SQLITE.format(marks=marks), tuple(sorted(terms))).all()
    else:
        rows = connection.execute(text(_POSTGRESQL), {"terms": sorted(terms), "common": COMMON}).all()
    return {row[0]: min(int(row[1]), COMMON) for row in rows if row[1]}
