"""Whether the index holds what it was given: every listing a document, and every document its terms."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Executable, exists, func, select, text

from app.models import ListingRow, ShopDocument
from app.search.conditions import in_shop

L, D = ListingRow.__table__.c, ShopDocument.__table__.c
WAIT_S = 0.5
# Both sides are sorted and read once, in files where they are many; FTS5 has no quick look-up of a rowid.
_ONE_WITHOUT_THE_OTHER = "SELECT count(*) FROM (SELECT {} FROM {} EXCEPT SELECT {} FROM {})"
_LACKING = _ONE_WITHOUT_THE_OTHER.format("rank", "shop_documents", "rowid", "fts_shop")
_LEFT_OVER = _ONE_WITHOUT_THE_OTHER.format("rowid", "fts_shop", "rank", "shop_documents")
# A document has one term at least: that of its source.
_EMPTY = "SELECT count(*) FROM shop_documents WHERE coalesce(length(terms), 0) = 0"


class IndexCounts(NamedTuple):
    """How many listings and documents there are, and of how many the one is there without the other."""

    listings: int
    documents: int
    unlisted: int  # documents of nothing that is for sale
    missing: int  # listings without a document
    unsearchable: int  # documents without their terms
    left_over: int  # terms without their document

    @property
    def is_whole(self) -> bool:
        """Whether each has the other."""
        return not any(self[2:])


def index_counts(connection: Connection, sources: Collection[int]) -> IndexCounts:
    """What the index has of the shop of these sources."""
    shown = in_shop(sources)
    has_document = exists().where(D.listing_id == L.listing_id)
    is_shown = exists().where(L.listing_id == D.listing_id, shown)
    return IndexCounts(
        listings=_count(connection, select(func.count()).select_from(ListingRow).where(shown)),
        documents=_count(connection, select(func.count()).select_from(ShopDocument)),
        unlisted=_count(connection, select(func.count()).select_from(ShopDocument).where(~is_shown)),
        missing=_count(connection, select(func.count()).select_from(ListingRow).where(shown, ~has_document)),
        unsearchable=_count(connection, text(_LACKING if connection.dialect.name == "sqlite" else _EMPTY)),
        left_over=_count(connection, text(_LEFT_OVER)) if connection.dialect.name == "sqlite" else 0,
    )


def words_are_damaged(database: Path) -> bool:
    """Whether the words of the index of a file are other than those of its rows.

    FTS5 looks at them only for somebody who may write: while others do, nothing is found.
    """
    try:
        address = f"{database.as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=WAIT_S, isolation_level=None)) as own:
            own.execute("INSERT INTO fts_shop(fts_shop) VALUES ('integrity-check')")
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        return True
    return False


def _count(connection: Connection, query: Executable) -> int:
    return int(connection.scalar(query) or 0)
