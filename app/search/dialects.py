"""What the two databases say differently: how terms are stored and how they are matched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

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
from app.search.conditions import Condition

D = ShopDocument.__table__.c
FTS = table("fts_shop", column("rowid", BigInteger), column("terms", Text))

NOWHERE = f"{SOURCE}0"
# Below this many letters FTS5 has an index of beginnings; above this many words one look-up by beginning is cheaper.
SHORTEST_EXPANDED = 4
MOST_EXPANDED = 8
_BEGINNING = "SELECT term FROM fts_shop_words WHERE term >= ? AND term < ? LIMIT ?"
LAST_LETTER = "\U0010ffff"

_ALL = "SELECT document FROM shop_documents ORDER BY rank DESC"
_FTS5 = """
SELECT document FROM fts_shop JOIN shop_documents ON shop_documents.rank = fts_shop.rowid
WHERE fts_shop MATCH ? ORDER BY fts_shop.rowid DESC
"""
_TSVECTOR = "SELECT document FROM shop_documents WHERE terms @@ CAST(%s AS tsquery) ORDER BY rank DESC"
_THESE = "SELECT document FROM shop_documents WHERE rank IN ({marks}) ORDER BY rank DESC"


def count_matches(connection: Connection, wanted: Wanted, sources: Sequence[int] | None) -> int:
    """How many documents have the wanted terms."""
    if connection.dialect.name == "sqlite":
        counted = "SELECT count(*) FROM fts_shop WHERE fts_shop MATCH ?"
        return int(connection.exec_driver_sql(counted, (fts5_query(wanted, sources),)).scalar_one())
    counted = "SELECT count(*) FROM shop_documents WHERE terms @@ CAST(%s AS tsquery)"
    return int(connection.exec_driver_sql(counted, (ts_query(wanted, sources),)).scalar_one())


def words_beginning(connection: Connection, beginning: str) -> tuple[str, ...] | None:
    """The few words of the shop that begin so; None where they are many or the database finds beginnings as fast."""
    if connection.dialect.name != "sqlite" or len(beginning) < SHORTEST_EXPANDED:
        return None
    limits = (beginning, beginning + LAST_LETTER, MOST_EXPANDED + 1)
    found = connection.exec_driver_sql(_BEGINNING, limits).scalars().all()
    return tuple(found) if len(found) <= MOST_EXPANDED else None


def ranks_of_matches(connection: Connection, wanted: Wanted, sources: Sequence[int] | None) -> Sequence[int]:
    """The ranks of the documents that have the wanted terms, in no order."""
    if connection.dialect.name == "sqlite":
        found = "SELECT rowid FROM fts_shop WHERE fts_shop MATCH ?"
        return connection.exec_driver_sql(found, (fts5_query(wanted, sources),)).scalars().all()
    found = "SELECT rank FROM shop_documents WHERE terms @@ CAST(%s AS tsquery)"
    return connection.exec_driver_sql(found, (ts_query(wanted, sources),)).scalars().all()


def few_ranks(connection: Connection, wanted: Wanted, sources: Sequence[int] | None, most: int) -> list[int] | None:
    """The ranks of all documents that have the wanted terms, the newest first; None when there are more than `most`.

    Asked for in ascending order: that is how FTS5 stores them, and twice as fast as the other way.
    """
    if connection.dialect.name == "sqlite":
        found = "SELECT rowid FROM fts_shop WHERE fts_shop MATCH ? ORDER BY rowid LIMIT ?"
        rows = connection.exec_driver_sql(found, (fts5_query(wanted, sources), most + 1)).all()
    else:
        found = "SELECT rank FROM shop_documents WHERE terms @@ CAST(%s AS tsquery) ORDER BY rank LIMIT %s"
        rows = connection.exec_driver_sql(found, (ts_query(wanted, sources), most + 1)).all()
    return None if len(rows) > most else [row[0] for row in reversed(rows)]


def newest_documents(
    connection: Connection, wanted: Wanted, sources: Sequence[int] | None, *, limit: int, offset: int
) -> list[bytes]:
    """A page of the documents that have the wanted terms, the newest first. Fixed texts: nothing is compiled."""
    is_sqlite = connection.dialect.name == "sqlite"
    page = "LIMIT ? OFFSET ?" if is_sqlite else "LIMIT %s OFFSET %s"
    if wanted.is_empty and sources is None:
        rows = connection.exec_driver_sql(f"{_ALL} {page}", (limit, offset))
    elif is_sqlite:
        rows = connection.exec_driver_sql(f"{_FTS5} {page}", (fts5_query(wanted, sources), limit, offset))
    else:
        rows = connection.exec_driver_sql(f"{_TSVECTOR} {page}", (ts_query(wanted, sources), limit, offset))
    return [row[0] for row in rows]


def documents_of(connection: Connection, ranks: Sequence[int]) -> list[bytes]:
    """The documents with these ranks, the newest first."""
    if not ranks:
        return []
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    found = _THESE.format(marks=", ".join([mark] * len(ranks)))
    return [row[0] for row in connection.exec_driver_sql(found, tuple(ranks)).all()]


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
    for choice in _choices(wanted, sources):
        parts.append("(" + " OR ".join(f'"{one}"' for one in choice) + ")")
    return " AND ".join(parts)


def ts_query(wanted: Wanted, sources: Sequence[int] | None) -> str:
    """All terms, in the language of tsquery."""
    parts = [f"'{one}'" for one in wanted.whole]
    if wanted.beginning is not None:
        parts.append(f"'{wanted.beginning}':*")
    for choice in _choices(wanted, sources):
        parts.append("(" + " | ".join(f"'{one}'" for one in choice) + ")")
    return " & ".join(parts)


def _choices(wanted: Wanted, sources: Sequence[int] | None) -> Iterator[Sequence[str]]:
    """Sets of terms of which a document must have one; an empty set becomes a term that nothing has."""
    if wanted.any_of is not None:
        yield wanted.any_of or (NOWHERE,)
    if sources is not None:
        yield [f"{SOURCE}{number}" for number in sources] or (NOWHERE,)


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


def clear(connection: Connection) -> None:
    """Forget every document."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DELETE FROM fts_shop")
    connection.execute(delete(ShopDocument))
