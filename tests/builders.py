"""A mirror filled by hand, for tests of what reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import orjson
from sqlalchemy import Engine, insert, update

from app.core.fingerprint import fingerprint
from app.core.records import Listing
from app.core.text import format_tokens, searchable
from app.formats.packed_json import pack
from app.models import (
    Account,
    Change,
    HeldRemoval,
    ListingRow,
    MirrorState,
    QuarantinedItem,
    ReleaseBody,
    ReleaseRow,
    Run,
    Source,
)
from app.services.shop_index import ShopIndexWriter

DAY = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SELLER = "example_seller"


class MirrorBuilder:
    """Writes rows as a sync leaves them. The first seller is there from the start."""

    def __init__(self, engine: Engine, index: ShopIndexWriter | None = None) -> None:
        self.engine = engine
        self._index = index  # None: nobody makes documents, readers go to the rows
        self._ids = count(1_000_001)
        self.source_id = self.seller(SELLER)
        self.run_id = self.run()

    @property
    def has_index(self) -> bool:
        """Whether documents are made of what is written."""
        return self._index is not None

    def seller(self, username: str, *, is_active: bool = True) -> int:
        with self.engine.begin() as connection:
            account = connection.execute(
                insert(Account)
                .values(username=username, username_key=username.casefold(), created_at=DAY)
                .returning(Account.id)
            ).scalar_one()
            values = {"account_id": account, "kind": "inventory", "is_active": is_active, "hidden_rows": 0}
            return int(connection.execute(insert(Source).values(values).returning(Source.id)).scalar_one())

    def run(self, **values: Any) -> int:
        """A finished sync that saw the whole shop, unless `values` say otherwise."""
        defaults = {
            "source_id": getattr(self, "source_id", None),
            "kind": "sync",
            "trigger": "hourly",
            "state": "finished",
            "outcome": "applied",
            "is_complete": True,
            "is_forced": False,
            "queued_at": DAY,
            "started_at": DAY,
            "finished_at": DAY + timedelta(seconds=30),
            "data_digest": "digest",
        }
        with self.engine.begin() as connection:
            return int(connection.execute(insert(Run).values(defaults | values).returning(Run.id)).scalar_one())

    def listing(self, **fields: Any) -> int:
        """A listing for sale, or with `removed` (a reason) a tombstone; returns its id."""
        return self.listings(1, **fields)[0]

    def listings(self, number: int, **fields: Any) -> list[int]:
        """That many alike listings, in one transaction; returns their ids."""
        rows = [self._row(**fields) for _ in range(number)]
        with self.engine.begin() as connection:
            connection.execute(insert(ListingRow), rows)
        self.moved()
        return [row["listing_id"] for row in rows]

    def _row(self, *, source_id: int | None = None, removed: str | None = None, **fields: Any) -> dict[str, Any]:
        number = next(self._ids)
        defaults = {
            "listing_id": number,
            "release_id": 500 + number % 1_000_000,
            "status": "For Sale",
            "condition": "Very Good Plus (VG+)",
            "sleeve_condition": "Very Good (VG)",
            "posted_at": DAY + timedelta(minutes=number % 1_000_000),
            "price_minor": 1850,
            "price_currency": "EUR",
        }
        listing = Listing(**defaults | fields)
        return listing._asdict() | {
            "fingerprint": fingerprint(listing),
            "search_text": searchable(listing.artist, listing.title, listing.label, listing.catalog_number),
            "format_tokens": format_tokens(listing.format),
            "source_id": source_id or self.source_id,
            "created_at": DAY,
            "updated_at": DAY,
            "updated_run_id": self.run_id,
            "removed_at": DAY + timedelta(days=1) if removed else None,
            "removed_reason": removed,
        }

    def release(self, release_id: int, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(ReleaseRow).values(release_id=release_id, **values))
        self.moved()

    def body(self, release_id: int, told: dict[str, Any], fetched_at: datetime = DAY) -> None:
        """What the catalogue said of a release."""
        values = {"release_id": release_id, "status": "known", "tried_at": fetched_at, "fetched_at": fetched_at}
        with self.engine.begin() as connection:
            connection.execute(insert(ReleaseBody).values(body=pack({**told, "id": release_id}), **values))

    def write(self, listings: list[dict[str, Any]], releases: list[dict[str, Any]]) -> list[int]:
        """Many different listings and releases, in one transaction; returns the ids of the listings."""
        rows = [self._row(**fields) for fields in listings]
        with self.engine.begin() as connection:
            connection.execute(insert(ListingRow), rows)
            if releases:
                connection.execute(insert(ReleaseRow), releases)
        self.moved()
        return [row["listing_id"] for row in rows]

    def change(
        self,
        listing_id: int,
        kind: str,
        *,
        public_kind: str | None,
        fields: dict[str, Any] | None = None,
        source_id: int | None = None,
    ) -> int:
        values = {
            "at": DAY + timedelta(hours=2),
            "run_id": self.run_id,
            "source_id": source_id or self.source_id,
            "item_id": listing_id,
            "kind": kind,
            "public_kind": public_kind,
            "fields": orjson.dumps(fields or {}).decode(),
        }
        with self.engine.begin() as connection:
            return int(connection.execute(insert(Change).values(values).returning(Change.seq)).scalar_one())

    def hold(self, run_id: int, *listing_ids: int) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(HeldRemoval), [{"run_id": run_id, "item_id": each} for each in listing_ids])

    def quarantine(self, run_id: int, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(QuarantinedItem).values(run_id=run_id, **values))

    def shelves_moved(self) -> None:
        """What a run of a collection does."""
        with self.engine.begin() as connection:
            values = {"shelf_version": MirrorState.shelf_version + 1, "shelf_changed_at": DAY}
            connection.execute(update(MirrorState).values(values))

    def moved(self) -> None:
        """What every applied run does: the version of the data grows."""
        with self.engine.begin() as connection:
            connection.execute(update(MirrorState).values(version=MirrorState.version + 1, changed_at=DAY))
            if self._index is not None:
                self._index.rebuild(connection)
