"""What lies around copies and is their owner's alone: names of folders and fields, listings of the same release."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from app.core.money import from_minor
from app.core.records import FOR_SALE
from app.formats.album import Item
from app.models import Account, FieldRow, FolderRow, ListingRow, Source

F, N, L = FolderRow.__table__.c, FieldRow.__table__.c, ListingRow.__table__.c
Names = Mapping[tuple[int, int], str]
IDS_PER_STATEMENT = 500


def folder_names(connection: Connection, sources: Collection[int]) -> Names:
    """The name of each folder by (source, folder). Those that are gone keep their copies' history readable."""
    return _names(connection, select(F.source_id, F.folder_id, F.name).where(F.source_id.in_(sorted(sources))), sources)


def field_names(connection: Connection, sources: Collection[int]) -> Names:
    """The name of each field by (source, field)."""
    return _names(connection, select(N.source_id, N.field_id, N.name).where(N.source_id.in_(sorted(sources))), sources)


def present_fields(connection: Connection, source_id: int) -> Mapping[int, str]:
    """The fields that the owner has now, in their own order: id → name."""
    query = select(N.field_id, N.name).where(N.source_id == source_id, N.removed_at.is_(None))
    return {number: name for number, name in connection.execute(query.order_by(N.position.nulls_last(), N.field_id))}


def listings_of(connection: Connection, release_ids: Collection[int], web_url: str) -> Mapping[int, Sequence[Item]]:
    """What the shop sells of these releases, by release; the newest first."""
    found: dict[int, list[Item]] = defaultdict(list)
    numbers = sorted(set(release_ids))
    for start in range(0, len(numbers), IDS_PER_STATEMENT):
        for row in connection.execute(_for_sale(numbers[start : start + IDS_PER_STATEMENT])):
            found[row.release_id].append(
                {
                    "listing_id": str(row.listing_id),
                    "condition": row.condition,
                    "sleeve_condition": row.sleeve_condition,
                    "price_value": from_minor(row.price_minor, row.price_currency),
                    "price_currency": row.price_currency,
                    "seller": row.username,
                    "uri": f"{web_url}/sell/item/{row.listing_id}",
                }
            )
    return found


def _for_sale(release_ids: Sequence[int]) -> Any:
    columns = (
        L.listing_id,
        L.release_id,
        L.condition,
        L.sleeve_condition,
        L.price_minor,
        L.price_currency,
        Account.username,
    )
    shown = (L.removed_at.is_(None), L.status == FOR_SALE, Source.is_active, L.release_id.in_(release_ids))
    tables = ListingRow.__table__.join(Source).join(Account)
    return select(*columns).select_from(tables).where(*shown).order_by(L.posted_at.desc(), L.listing_id.desc())


def _names(connection: Connection, query: Any, sources: Collection[int]) -> Names:
    return {(source, number): name for source, number, name in connection.execute(query)} if sources else {}
