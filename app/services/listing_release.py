"""What the catalogue says of a listing's release, for whoever asks: read from what is kept, asked of nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.core.release_ages import has_current_prices
from app.errors import ListingNotFound, ReleaseUnread
from app.extensions import db, wiring
from app.formats.release_json import release_item
from app.models import ListingRow
from app.models.transactions import read_transaction
from app.services.catalogue_entry import CatalogueEntry, catalogue_entry
from app.services.shop_presence import absence, is_shown, listing_number
from app.services.shop_state import shop_state

L = ListingRow.__table__.c
COLUMNS = (L.listing_id, L.source_id, L.status, L.release_id, L.removed_at, L.removed_reason)
MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class ListingRelease:
    """A release as it was told. `price_age_s` is its age in whole minutes while its prices may be shown, else None."""

    entry: CatalogueEntry
    price_age_s: int | None

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal answers."""
        return self.entry.release.release_id, self.entry.told_at, self.entry.is_gone, self.price_age_s

    def item(self) -> dict[str, Any]:
        """Its public fields."""
        return release_item(
            self.entry.release,
            web_url=wiring().settings.discogs_web_url,
            fetched_at=self.entry.told_at,
            is_gone=self.entry.is_gone,
            price_age_s=self.price_age_s,
        )


def release_of_listing(listing_id: str) -> ListingRelease:
    """The release of a listing for sale; three statements. Needs an application context.

    Raises ListingNotFound or ListingGone as the listing itself does, and ReleaseUnread when nothing is kept of it.
    """
    number, wired = listing_number(listing_id), wiring()
    with read_transaction(db.engine) as connection:
        state = shop_state(connection)
        row = connection.execute(select(*COLUMNS).where(L.listing_id == number)).one_or_none()
        if row is None:
            raise ListingNotFound(listing_id)
        if not is_shown(row, state):
            raise absence(connection, row, state)
        entry = catalogue_entry(connection, row.release_id, wired.settings)
    if entry is None:
        raise ReleaseUnread(row.release_id)
    return as_told(entry, wired.clock())


def as_told(entry: CatalogueEntry, now: datetime) -> ListingRelease:
    """The entry as it may be shown now."""
    is_current = has_current_prices(entry.told_at, now) and not entry.is_gone
    return ListingRelease(entry, (now - entry.told_at) // timedelta(minutes=1) * MINUTE_S if is_current else None)
