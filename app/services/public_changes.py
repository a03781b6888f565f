"""The change log as visitors may read it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypedDict

import orjson
from sqlalchemy import Connection, Row, select

from app.formats.shop_listing import PUBLIC_FIELDS
from app.models import Change

AMOUNTS = frozenset({"price_value", "shipping_price"})
IDS = frozenset({"listing_id", "release_id"})


class PublicChange(TypedDict):
    """`fields` is {name: [old, new]} of public fields."""

    seq: int
    at: str
    kind: str
    listing_id: str
    fields: dict[str, list[Any]]


class ChangePage(TypedDict):
    """`next` is the number to ask for changes after."""

    changes: list[PublicChange]
    next: int


def changes_after(connection: Connection, since: int, limit: int) -> ChangePage:
    """At most `limit` changes after number `since`, the oldest first."""
    rows = connection.execute(
        select(Change.seq, Change.at, Change.public_kind, Change.item_id, Change.fields)
        .where(Change.seq > since, Change.public_kind.is_not(None))
        .order_by(Change.seq)
        .limit(limit)
    ).all()
    return ChangePage(changes=[public_change(row) for row in rows], next=rows[-1].seq if rows else since)


def public_change(row: Row[*tuple[Any, ...]]) -> PublicChange:
    """An entry of the log whose `public_kind` is not NULL: seq, at, public_kind, item_id, fields."""
    return PublicChange(
        seq=row.seq,
        at=row.at.isoformat(timespec="seconds"),
        kind=row.public_kind,
        listing_id=str(row.item_id),
        fields=_public_fields(row.public_kind, row.fields),
    )


def _public_fields(kind: str, text: str) -> dict[str, list[Any]]:
    """Old and new values that both were on show: a listing that comes or goes has one side that was not."""
    if kind == "update":
        return {
            name: [_value(name, value) for value in pair]
            for name, pair in orjson.loads(text).items()
            if name in PUBLIC_FIELDS
        }
    if kind == "remove":
        return {name: pair for name, pair in orjson.loads(text).items() if name in {"status", "removed_reason"}}
    return {}


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in AMOUNTS:
        return Decimal(value)
    return str(value) if name in IDS else value
