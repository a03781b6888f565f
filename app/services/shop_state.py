"""Which state of the shop is shown: read before any listing, because it decides whether one is read at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select

from app.models import Account, MirrorState, Source

INVENTORY = "inventory"


@dataclass(frozen=True, slots=True)
class ShopState:
    """`version` moves with every change of what is shown; `sellers` are the shown sources, id → user name."""

    version: int
    changed_at: datetime | None
    sellers: Mapping[int, str]


def shop_state(connection: Connection) -> ShopState:
    """The present state, in one statement."""
    shown = and_(Source.kind == INVENTORY, Source.is_active)
    rows = connection.execute(
        select(MirrorState.version, MirrorState.changed_at, Source.id, Account.username)
        .select_from(MirrorState)
        .outerjoin(Source, shown)
        .outerjoin(Account, Account.id == Source.account_id)
        .order_by(Source.id)
    ).all()
    if not rows:
        return ShopState(0, None, {})
    return ShopState(rows[0].version, rows[0].changed_at, {row.id: row.username for row in rows if row.id is not None})
