"""What the shop admits to have had: a listing that is not shown is gone, or does not exist."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from app.core.ids import LARGEST_ID
from app.core.outcomes import RemovalReason, removal_reason_of
from app.core.records import FOR_SALE
from app.errors import ListingGone, ListingNotFound
from app.models import Change
from app.services.shop_state import ShopState


def listing_number(listing_id: str) -> int:
    """The id as a number. Raises ListingNotFound for what cannot be one."""
    number = int(listing_id) if listing_id.isascii() and listing_id.isdigit() and len(listing_id) < 20 else 0
    if not 0 < number <= LARGEST_ID or listing_id != str(number):
        raise ListingNotFound(listing_id[:40])
    return number


def is_shown(row: Row[*tuple[Any, ...]], state: ShopState) -> bool:
    """Whether visitors see it now. The row has status, source_id and removed_at."""
    return row.removed_at is None and row.status == FOR_SALE and row.source_id in state.sellers


def absence(connection: Connection, row: Row[*tuple[Any, ...]], state: ShopState) -> ListingGone | ListingNotFound:
    """Why a row is not shown. What was never shown does not exist: a draft is nobody's business.

    The row has listing_id, status, source_id, removed_at and removed_reason.
    """
    last_seen = connection.execute(
        select(Change.at, Change.public_kind)
        .where(Change.item_id == row.listing_id, Change.public_kind.is_not(None))
        .order_by(Change.seq.desc())
        .limit(1)
    ).one_or_none()
    was_for_sale = row.removed_at is not None and row.status == FOR_SALE and row.source_id in state.sellers
    if not was_for_sale and (last_seen is None or last_seen.public_kind != "remove"):
        return ListingNotFound(str(row.listing_id))
    reason = RemovalReason(row.removed_reason) if row.removed_reason else removal_reason_of(row.status)
    removed_at = row.removed_at or (last_seen.at if last_seen else None)
    return ListingGone(str(row.listing_id), removed_at=removed_at, reason=reason)
