"""What the mirror knows of given listings: asked at every page of a sync, so without a statement to compile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from app.core.plan import Stored

_KNOWN = "SELECT listing_id, fingerprint, removed_at IS NOT NULL, source_id FROM listings WHERE listing_id"


def known_listings(connection: Connection, ids: Sequence[int], *, source_id: int) -> dict[int, Stored]:
    """{listing_id: what is stored of it}; ids nobody knows are left out. Foreign is what another source owns."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"{_KNOWN} IN ({', '.join('?' * len(ids))})", tuple(ids))
    else:
        rows = connection.exec_driver_sql(f"{_KNOWN} = ANY(%s)", (list(ids),))
    return {row[0]: Stored(row[1], bool(row[2]), row[3] != source_id) for row in rows.all()}


def live_fingerprints(connection: Connection, source_id: int) -> Iterable[tuple[int, bytes]]:
    """(listing_id, fingerprint) of a source's rows that are no tombstones, in ascending order of the id."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    return connection.exec_driver_sql(
        f"SELECT listing_id, fingerprint FROM listings WHERE source_id = {mark} AND removed_at IS NULL"  # noqa: S608
        " ORDER BY listing_id",
        (source_id,),
        execution_options={"yield_per": 5000},
    )


def has_listings(connection: Connection) -> bool:
    """Whether the mirror has any row at all, tombstones included."""
    return bool(connection.exec_driver_sql("SELECT EXISTS (SELECT 1 FROM listings)").scalar())
