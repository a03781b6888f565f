"""What the catalogue says of a listing's release, for whoever asks: read from what is kept, asked of nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from app.core.release_ages import ReleaseStatus, has_current_prices
from app.errors import ListingNotFound, ReleaseUnread
from app.extensions import db, wiring
from app.formats.release_json import release_item
from app.models import ListingRow, ReleaseBody
from app.models.transactions import read_transaction
from app.services.catalogue_entry import CatalogueEntry, catalogue_entry
from app.services.shop_presence import absence, is_shown, listing_number
from app.services.shop_state import shop_state

L, B = ListingRow.__table__.c, ReleaseBody.__table__.c
COLUMNS = (
    L.listing_id,
    L.source_id,
    L.status,
    L.release_id,
    L.removed_at,
    L.removed_reason,
    B.fetched_at,
    B.status.label("last_try"),
)
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


@dataclass(frozen=True, slots=True)
class KeptRelease:
    """When a release was told, before what was told is read. Valid inside the `with` that made it."""

    connection: Connection
    release_id: int
    told_at: datetime
    is_gone: bool
    now: datetime

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal answers."""
        return self.release_id, self.told_at, self.is_gone, price_age_s(self.told_at, self.now, is_gone=self.is_gone)

    def item(self) -> dict[str, Any]:
        """Its public fields; one statement. Raises ReleaseUnread for a body that cannot be read any more."""
        entry = catalogue_entry(self.connection, self.release_id, wiring().settings)
        if entry is None:
            raise ReleaseUnread(self.release_id)
        return as_told(entry, self.now).item()


@contextmanager
def release_of_listing(listing_id: str) -> Iterator[KeptRelease]:
    """The release of a listing for sale; two statements. Needs an application context.

    Raises ListingNotFound or ListingGone as the listing itself does, and ReleaseUnread when nothing is kept of it.
    """
    number = listing_number(listing_id)
    wanted = select(*COLUMNS).outerjoin_from(ListingRow, ReleaseBody, B.release_id == L.release_id)
    with read_transaction(db.engine) as connection:
        state = shop_state(connection)
        row = connection.execute(wanted.where(L.listing_id == number)).one_or_none()
        if row is None:
            raise ListingNotFound(listing_id)
        if not is_shown(row, state):
            raise absence(connection, row, state)
        if row.fetched_at is None:
            raise ReleaseUnread(row.release_id)
        is_gone = row.last_try == ReleaseStatus.GONE
        yield KeptRelease(connection, row.release_id, row.fetched_at, is_gone, wiring().clock())


def as_told(entry: CatalogueEntry, now: datetime) -> ListingRelease:
    """The entry as it may be shown now."""
    return ListingRelease(entry, price_age_s(entry.told_at, now, is_gone=entry.is_gone))


def price_age_s(told_at: datetime, now: datetime, *, is_gone: bool) -> int | None:
    """The age of prices in whole minutes; None once they may not be shown any more."""
    is_current = has_current_prices(told_at, now) and not is_gone
    return (now - told_at) // timedelta(minutes=1) * MINUTE_S if is_current else None
