"""What changed of a row, field by field, under the names the outside knows."""

from __future__ import annotations

from typing import Any

import orjson

from app.core.copy_records import Copy
from app.core.mirrored import Record
from app.core.money import from_minor
from app.core.records import FOR_SALE, PRIVATE_FIELDS, Listing
from app.core.times import discogs_iso

# Names of the shop CSV and of the JSON answers, where they differ from ours.
SHOP_NAMES = {
    "posted_at": "posted",
    "price_minor": "price_value",
    "shipping_minor": "shipping_price",
    "title": "release_title",
    "artist": "artist_names",
    "label": "label_names",
    "format": "format_names",
    "year": "release_year",
}
# Names of Discogs' own answers.
SHELF_NAMES = {"added_at": "date_added"}

Differences = dict[str, list[object]]


def differences(old: Record, new: Record) -> Differences:
    """{name: [old, new]} of the fields that differ; prices as decimal text, times as Discogs shows them.

    Notes of a copy are told field by field, as `notes.<field id>`.
    """
    names = SHOP_NAMES if isinstance(new, Listing) else SHELF_NAMES
    changed = {
        names.get(name, name): [_shown(old, name), _shown(new, name)]
        for name, before, after in zip(new._fields, old, new, strict=True)
        if before != after
    }
    if isinstance(new, Copy) and "notes" in changed:
        changed.update(_notes(*changed.pop("notes")))
    return changed


def public_kind(kind: str, old: Listing | None, new: Listing | None, changed: Differences) -> str | None:
    """What a visitor of the shop saw happen: add, update, remove, restore, or nothing (None).

    `old` and `new` are the live states before and after; None where there was or is none.
    """
    was_shown = old is not None and old.status == FOR_SALE
    is_shown = new is not None and new.status == FOR_SALE
    if was_shown and not is_shown:
        return "remove"
    if is_shown and not was_shown:
        return "restore" if kind == "restore" else "add"
    if is_shown and not changed.keys() <= PRIVATE_FIELDS:
        return "update"
    return None


def _shown(record: Any, name: str) -> object:
    if name == "price_minor":
        return _amount(record.price_minor, record.price_currency)
    if name == "shipping_minor":
        return _amount(record.shipping_minor, record.shipping_currency)
    if name in {"posted_at", "added_at"}:
        return discogs_iso(getattr(record, name))
    return getattr(record, name)


def _notes(old: Any, new: Any) -> Differences:
    try:
        before, after = (dict(orjson.loads(notes)) if notes else {} for notes in (old, new))
        fields = sorted({*before, *after}, key=int)
    except (ValueError, TypeError):  # somebody wrote into the database by hand
        return {"notes": [old, new]}
    return {
        f"notes.{field}": [before.get(field), after.get(field)]
        for field in fields
        if before.get(field) != after.get(field)
    }


def _amount(minor: int | None, currency: str | None) -> str | None:
    amount = from_minor(minor, currency)
    return None if amount is None else str(amount)
