"""The file that somebody wants of the shop: its columns, its text, and whether it can be made at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.core.downloads import Download, Profile
from app.core.query import BadQuery, SearchQuery
from app.formats.csv_text import csv_text
from app.formats.discogs_upload import upload_text
from app.formats.shop_listing import CSV_FIELDS, PUBLIC_CSV_FIELDS, Item
from app.services.inventory_service import InventoryService


def is_whole(wanted: Download, *, for_admin: bool) -> bool:
    """Whether the file has what only the seller may see."""
    return wanted.is_private or (wanted.profile is Profile.LISTINGS and for_admin)


def file_text(wanted: Download, batches: Iterable[Sequence[Item]], *, whole: bool) -> Iterator[bytes]:
    """The text of the file: what it begins with, then one piece per batch."""
    if wanted.is_upload:
        return upload_text(wanted.kind, batches, bom=wanted.has_mark)
    return csv_text(CSV_FIELDS if whole else PUBLIC_CSV_FIELDS, batches, bom=wanted.has_mark)


def refuse_mixed_sellers(service: InventoryService, wanted: Download, query: SearchQuery) -> None:
    """Discogs takes an upload for one seller, and its prices for that seller's currency. Raises BadQuery."""
    if not wanted.is_upload:
        return
    sellers = sorted(service.state().sellers.values())
    if query.seller is None and len(sellers) > 1:
        raise BadQuery({"seller": f"must be one of {', '.join(sellers)}: an upload is of one seller"})
