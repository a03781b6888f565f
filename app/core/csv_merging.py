"""What a row of a file means beside what the mirror knows already of the same copy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from app.core.records import IMAGE_FIELDS, Listing

# A file says nothing about these by leaving them empty: exporters that could not know them write empty columns.
EMPTY_IS_UNTOLD = IMAGE_FIELDS | {
    "title",
    "artist",
    "label",
    "format",
    "catalog_number",
    "year",
    "shipping_minor",
    "shipping_currency",
    "ships_from",
    "allow_offers",
}


class ImportVerdict(StrEnum):
    """What becomes of one record of a file."""

    ADD = "add"
    UPDATE = "update"
    RESTORE = "restore"
    UNCHANGED = "unchanged"
    NEWER = "newer"  # the mirror's row is of a later moment than the file
    TOMBSTONE = "tombstone"  # removed from the shop after the file was written
    GONE = "gone"  # never mirrored, and a complete sync after the file was written did not see it
    REJECTED = "rejected"


WRITTEN = (ImportVerdict.ADD, ImportVerdict.UPDATE, ImportVerdict.RESTORE)
KEPT = (ImportVerdict.UNCHANGED, ImportVerdict.NEWER, ImportVerdict.TOMBSTONE, ImportVerdict.GONE)


def merge(listing: Listing, known: Listing, told: Collection[str], cut_at: Mapping[str, int]) -> Listing:
    """The file's listing, completed by what the mirror knows and the file does not tell.

    `told` are the fields the file has columns for; `cut_at` the lengths at which its exporter cuts fields off.
    """
    kept: dict[str, Any] = {
        name: before
        for name, before, after in zip(Listing._fields, known, listing, strict=True)
        if before != after
        and (name not in told or (after is None and name in EMPTY_IS_UNTOLD) or is_cut(after, before, cut_at.get(name)))
    }
    return listing._replace(**kept) if kept else listing


def is_cut(text: object, whole: object, length: int | None) -> bool:
    """Whether a file of a layout that cuts texts off at `length` says `whole` so."""
    return (
        length is not None
        and isinstance(text, str)
        and isinstance(whole, str)
        and len(text) == length
        and whole.startswith(text)
    )
