"""The rows of exports: copies of a folder, or listings of a shop, with what is kept of their releases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, select

from app.core.export_wishes import FOLDER_COLUMNS, MARKET_COLUMNS, ExportWish
from app.core.money import from_minor
from app.core.release_ages import PRICES_LAST, ReleaseStatus, has_current_prices, is_due
from app.core.releases import lowest_price
from app.core.times import discogs_iso
from app.formats.packed_json import unpack
from app.models import CopyRow, ListingRow, ReleaseBody, ReleaseRow
from app.services.release_errand import Needed

C, L = CopyRow.__table__.c, ListingRow.__table__.c
B, R = ReleaseBody.__table__.c, ReleaseRow.__table__.c
BATCH = 1000
ALL_FOLDERS = 0
Exported = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Contents:
    """What can be exported: the query of its rows, its columns, and how a row becomes a line of the file.

    `left_out` is how many rows Discogs counts that the mirror does not have.
    """

    about: str
    columns: Sequence[str]
    query: Select[Any]
    line: Callable[[Row[Any], datetime, str], Exported]
    left_out: int

    def needed(self, connection: Connection, wish: ExportWish, before: dict[ReleaseStatus, datetime]) -> Needed:
        """Which releases have to be read before the file can be written."""
        rows, due = 0, dict[int, int]()
        for batch in self._wanted(connection, wish):
            rows += len(batch)
            for row in batch:
                if is_due(row.read_status, row.tried_at, before):
                    due[row.release_id] = due.get(row.release_id, 0) + 1
        return Needed(rows, due)

    def batches(
        self, connection: Connection, wish: ExportWish, now: datetime, web_url: str
    ) -> Iterator[tuple[Sequence[Row[Any]], Sequence[Exported]]]:
        """The rows, and the lines of the file that they become."""
        priced = self.query.add_columns(case((B.fetched_at > now - PRICES_LAST, B.body)).label("body"))
        for batch in self._wanted(connection, wish, priced):
            yield batch, [self.line(row, now, web_url) for row in batch]

    def _wanted(
        self, connection: Connection, wish: ExportWish, query: Select[Any] | None = None
    ) -> Iterator[Sequence[Row[Any]]]:
        asked = self.query if query is None else query
        found = connection.execute(asked.execution_options(yield_per=BATCH))
        for batch in found.partitions():
            yield [row for row in batch if wish.takes(genres=row.genres, label=row.label, year=row.year)]


def folder_contents(source_id: int, folder_id: int, name: str, left_out: int) -> Contents:
    """The copies in a folder, in the order in which they were added."""
    query = (
        select(
            C.release_id,
            C.artist,
            C.title,
            C.label,
            C.catalog_number,
            C.year,
            func.coalesce(C.genres, R.genres).label("genres"),
            func.coalesce(C.styles, R.styles).label("styles"),
            *_of_release(),
        )
        .outerjoin_from(CopyRow, ReleaseRow, R.release_id == C.release_id)
        .outerjoin(ReleaseBody, B.release_id == C.release_id)
        .where(C.source_id == source_id, C.removed_at.is_(None))
        .order_by(C.instance_id)
    )
    if folder_id != ALL_FOLDERS:
        query = query.where(C.folder_id == folder_id)
    return Contents(f"collection {name}", FOLDER_COLUMNS, query, _copy_line, left_out)


def market_contents(source_id: int, seller: str, left_out: int) -> Contents:
    """All listings that a seller has at Discogs, in the order of their numbers."""
    query = (
        select(
            L.release_id,
            L.listing_id,
            L.artist,
            L.title,
            L.label,
            L.catalog_number,
            L.year,
            L.price_minor,
            L.price_currency,
            L.condition,
            L.sleeve_condition,
            L.comments,
            L.posted_at,
            L.status,
            R.genres,
            R.styles,
            *_of_release(),
        )
        .outerjoin_from(ListingRow, ReleaseRow, R.release_id == L.release_id)
        .outerjoin(ReleaseBody, B.release_id == L.release_id)
        .where(L.source_id == source_id, L.removed_at.is_(None))
        .order_by(L.listing_id)
    )
    return Contents(f"marketplace {seller}", MARKET_COLUMNS, query, _listing_line, left_out)


def _of_release() -> tuple[Any, ...]:
    return R.country, B.status.label("read_status"), B.tried_at, B.fetched_at


def _copy_line(row: Row[Any], now: datetime, web_url: str) -> Exported:
    return dict(
        zip(
            FOLDER_COLUMNS,
            (
                row.artist,
                row.title,
                row.label,
                row.catalog_number,
                row.country,
                row.year,
                row.genres,
                row.styles,
                _lowest_price(row, now),
                f"{web_url}/release/{row.release_id}",
            ),
            strict=True,
        )
    )


def _listing_line(row: Row[Any], _now: datetime, web_url: str) -> Exported:
    return dict(
        zip(
            MARKET_COLUMNS,
            (
                row.title,
                row.artist,
                row.label,
                row.catalog_number,
                row.country,
                row.year,
                row.genres,
                row.styles,
                _amount(row.price_minor, row.price_currency),
                row.condition,
                row.sleeve_condition,
                row.comments,
                discogs_iso(row.posted_at),
                row.status,
                f"{web_url}/sell/item/{row.listing_id}",
            ),
            strict=True,
        )
    )


def _amount(minor: int | None, currency: str | None) -> str | None:
    """An amount never stands without its currency."""
    amount = from_minor(minor, currency)
    return None if amount is None else f"{amount:f} {currency}"


def _lowest_price(row: Row[Any], now: datetime) -> Decimal | None:
    """What the cheapest copy on the market costs, as long as that is current. Discogs tells no currency with it."""
    is_gone = row.read_status == ReleaseStatus.GONE
    if row.body is None or is_gone or not has_current_prices(row.fetched_at, now):
        return None
    price = lowest_price(unpack(row.body))
    return None if price is None else Decimal(f"{price:.2f}")
