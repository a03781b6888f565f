"""Did you mean: for a question that finds nothing, the same with a word that the shop knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from sqlalchemy import Connection, text

from app.core.query import SearchQuery
from app.core.spelling import can_be_mistyped, near

# How often a term occurs; beyond this many it is simply common.
COMMON = 100
_SQLITE = "SELECT term, doc FROM fts_shop_words WHERE term IN ({marks})"
_POSTGRESQL = """
SELECT asked.term, (SELECT count(*) FROM (
    SELECT 1 FROM shop_documents WHERE terms @@ CAST(quote_literal(asked.term) AS tsquery) LIMIT :common) AS few)
FROM unnest(CAST(:terms AS text[])) AS asked(term)
"""


def suggestions(connection: Connection, query: SearchQuery) -> Iterator[SearchQuery]:
    """Questions with one word of `query` corrected, the most frequent correction first."""
    known = _occurrences(connection, query.words)
    strange = [at for at, word in enumerate(query.words) if word not in known]
    # Of two strange words one correction helps nothing.
    if len(strange) != 1 or not can_be_mistyped(query.words[strange[0]]):
        return
    at = strange[0]
    meant = _occurrences(connection, near(query.words[at]))
    for word in sorted(meant, key=lambda one: (-meant[one], one)):
        yield replace(query, words=(*query.words[:at], word, *query.words[at + 1 :]))


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
