"""What the two databases say differently: how terms are stored and how they are matched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Text,
    cast,
    column,
    delete,
    literal,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from app.core.terms import SOURCE, Wanted
from app.models import ShopDocument
from app.models.fixed_statements import fetch
from app.search.conditions import Condition

D = ShopDocument.__table__.c
FTS = table("fts_shop", column("rowid", BigInteger), column("terms", Text))

NOWHERE = f"{SOURCE}0"
LONGEST_INDEXED = 3  # letters, of the beginnings that `fts_shop` has an index of
FEW = 1000  # ranks that are told in a fifth of a millisecond
_THESE = "SELECT document FROM shop_documents WHERE rank IN ({marks}) ORDER BY rank DESC"
# One text instead of many rows: between any two rows of SQLite Python's lock changes hands. JSON has no bare line
# feeds, and an aggregate of an ordered subquery is never flattened, so order and borders hold.
_THESE_AS_LINES = f"SELECT CAST(group_concat(document, char(10)) AS BLOB) FROM ({_THESE})"  # noqa: S608
_FTS5 = "FROM fts_shop WHERE fts_shop MATCH ?"
_ALL_OF_FTS5 = f"SELECT group_concat(rowid) {_FTS5}"
_COUNT_FTS5 = f"SELECT count(*) {_FTS5}"
_FIRST_FTS5 = f"SELECT group_concat(rowid) FROM (SELECT rowid {_FTS5} ORDER BY rowid LIMIT {FEW})"  # noqa: S608
_ALL_SQLITE = "SELECT group_concat(rank) FROM shop_documents"
_TSVECTOR = "SELECT array_agg(rank) FROM shop_documents WHERE terms @@ CAST(%s AS tsquery)"
_ALL_TSVECTOR = "SELECT array_agg(rank) FROM shop_documents"


def all_ranks(connection: Connection) -> Sequence[int]:
    """The ranks of all documents, in no order."""
    is_sqlite = connection.dialect.name == "sqlite"
    return _ranks(fetch(connection, _ALL_SQLITE if is_sqlite else _ALL_TSVECTOR))


def ranks_having(connection: Connection, one: str, known: Callable[[], Sequence[int]]) -> Sequence[int]:
    """The ranks of the documents that have this term, in no order; `known()` itself, the ranks of all documents
    ascending, where each of them has it."""
    if connection.dialect.name == "sqlite":
        return _ranks_of_fts5(connection, f'"{one}"', known)
    return _ranks(fetch(connection, _TSVECTOR, (f"'{one}'",)))


def ranks_beginning(connection: Connection, beginning: str, known: Callable[[], Sequence[int]]) -> Sequence[int]:
    """The same of the documents with a term that begins so."""
    if connection.dialect.name == "sqlite":
        wanted = f'"{beginning}"*'
        if len(beginning) > LONGEST_INDEXED:  # nobody knows the first before all terms were put together
            return _ranks(fetch(connection, _ALL_OF_FTS5, (wanted,)))
        return _ranks_of_fts5(connection, wanted, known)
    return _ranks(fetch(connection, _TSVECTOR, (f"'{beginning}':*",)))


def _ranks_of_fts5(connection: Connection, wanted: str, known: Callable[[], Sequence[int]]) -> Sequence[int]:
    """Telling all ranks takes five times as long as counting them, so what most of the shop has is looked at first."""
    first = _ranks(fetch(connection, _FIRST_FTS5, (wanted,)))
    if len(first) < FEW:
        return first
    everything = known()
    begins_alike = list(first) == list(everything[:FEW])
    if begins_alike and fetch(connection, _COUNT_FTS5, (wanted,))[0][0] == len(everything):
        return everything
    return _ranks(fetch(connection, _ALL_OF_FTS5, (wanted,)))


def _ranks(rows: Sequence[tuple[Any, ...]]) -> Sequence[int]:
    found: str | Sequence[int] | None = rows[0][0]
    if isinstance(found, str):
        ranks: list[int] = orjson.loads(f"[{found}]")  # four times as fast as splitting it
        return ranks
    return found or ()


def documents_of(connection: Connection, ranks: Sequence[int]) -> list[bytes]:
    """The documents with these ranks, the newest first."""
    if not ranks:
        return []
    if connection.dialect.name == "sqlite":
        lines: bytes | None = fetch(connection, _THESE_AS_LINES.format(marks=_marks("?", ranks)), tuple(ranks))[0][0]
        return [] if lines is None else lines.split(b"\n")
    return [row[0] for row in fetch(connection, _THESE.format(marks=_marks("%s", ranks)), tuple(ranks))]


def _marks(one: str, values: Sequence[int]) -> str:
    return ", ".join([one] * len(values))


def matching(dialect: str, wanted: Wanted, sources: Sequence[int] | None) -> tuple[FromClause, tuple[Condition, ...]]:
    """Where to read documents from, and the conditions that leave those which have the wanted terms."""
    documents = ShopDocument.__table__
    if wanted.is_empty and sources is None:
        return documents, ()
    if dialect == "sqlite":
        matches = literal_column("fts_shop").op("MATCH")(literal(fts5_query(wanted, sources)))
        return FTS.join(documents, D.rank == FTS.c.rowid), (matches,)
    return documents, (D.terms.op("@@")(cast(literal(ts_query(wanted, sources)), TSQUERY)),)


def fts_rank(dialect: str, source: FromClause) -> ColumnElement[Any]:
    """The column whose order is the shop's and that the index itself is sorted by."""
    return FTS.c.rowid if dialect == "sqlite" and source is not ShopDocument.__table__ else D.rank


def fts5_query(wanted: Wanted, sources: Sequence[int] | None) -> str:
    """All terms, in the language of FTS5. Terms hold no quotes, so quoting makes them plain text."""
    parts = [f'"{one}"' for one in wanted.whole]
    if wanted.beginning is not None:
        parts.append(f'"{wanted.beginning}"*')
    if sources is not None:
        parts.append("(" + " OR ".join(f'"{one}"' for one in terms_of_sources(sources)) + ")")
    return " AND ".join(parts)


def ts_query(wanted: Wanted, sources: Sequence[int] | None) -> str:
    """All terms, in the language of tsquery."""
    parts = [f"'{one}'" for one in wanted.whole]
    if wanted.beginning is not None:
        parts.append(f"'{wanted.beginning}':*")
    if sources is not None:
        parts.append("(" + " | ".join(f"'{one}'" for one in terms_of_sources(sources)) + ")")
    return " & ".join(parts)


def terms_of_sources(sources: Sequence[int]) -> list[str]:
    """The terms of which a listing of one of these sources has one; of no sources at all, a term that nothing has."""
    return [f"{SOURCE}{number}" for number in sources] or [NOWHERE]


Entry = tuple[int, int, bytes, list[str]]  # rank, listing id, document, terms


def put(connection: Connection, entries: Iterable[Entry]) -> None:
    """Store documents that are not there yet, and their terms."""
    rows = list(entries)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            "INSERT INTO shop_documents (rank, listing_id, document) VALUES (?, ?, ?)", [row[:3] for row in rows]
        )
        connection.exec_driver_sql(
            "INSERT INTO fts_shop (rowid, terms) VALUES (?, ?)", [(row[0], " ".join(row[3])) for row in rows]
        )
    else:
        connection.exec_driver_sql(
            "INSERT INTO shop_documents (rank, listing_id, document, terms)"
            " VALUES (%s, %s, %s, array_to_tsvector(%s::text[]))",
            rows,
        )


def drop(connection: Connection, listing_ids: Select[Any]) -> None:
    """Forget the documents of these listings, and their terms."""
    chosen = D.listing_id.in_(listing_ids)
    if connection.dialect.name == "sqlite":
        connection.execute(delete(FTS).where(FTS.c.rowid.in_(select(D.rank).where(chosen))))
    connection.execute(delete(ShopDocument).where(chosen))


def settle(connection: Connection) -> None:
    """Let no word stay in the index of which there is no document any more."""
    if connection.dialect.name == "sqlite":  # elsewhere the next VACUUM does
        connection.exec_driver_sql("INSERT INTO fts_shop(fts_shop) VALUES ('optimize')")


def clear(connection: Connection) -> None:
    """Forget every document."""
    if connection.dialect.name == "sqlite":
        # Row by row FTS5 would look up each word, takes ten times as long, and stops at the first that is damaged.
        connection.exec_driver_sql("DELETE FROM fts_shop_content")
        connection.exec_driver_sql("INSERT INTO fts_shop(fts_shop) VALUES ('rebuild')")
    connection.execute(delete(ShopDocument))
