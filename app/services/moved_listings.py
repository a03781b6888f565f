"""Listings that come from another of our sources: that source has to stay true as well."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select, update

from app.core.fingerprint import digest_of_rows
from app.models import ListingRow, Run, Source, StagedListing
from app.models.known import live_fingerprints
from app.models.streams import INVENTORY

L, S = ListingRow.__table__.c, StagedListing.__table__.c


def losing_sources(connection: Connection, run_id: int, source_id: int) -> list[int]:
    """The sources whose live rows this run's stage is about to take over."""
    query = (
        select(L.source_id)
        .distinct()
        .join(StagedListing, S.listing_id == L.listing_id)
        .where(S.run_id == run_id, L.source_id != source_id, L.removed_at.is_(None))
    )
    return list(connection.scalars(query.order_by(L.source_id)))


def sign_anew(connection: Connection, sources: Collection[int]) -> None:
    """The last run of each source answers for its data, whoever changed it since."""
    for source_id in sources:
        last = select(Run.id).where(Run.source_id == source_id, Run.data_digest.is_not(None))
        newest = connection.scalar(last.order_by(Run.id.desc()).limit(1))
        digest = digest_of_rows(live_fingerprints(connection, INVENTORY, source_id))
        connection.execute(update(Run).where(Run.id == newest).values(data_digest=digest))


def shown_sources(connection: Connection) -> frozenset[int]:
    """The sources that visitors see."""
    return frozenset(connection.scalars(select(Source.id).where(Source.is_active)))
