"""Whose records are enriched: the shop's and those of the collections shown here to others. Whoever merely logs in is
mirrored for themselves, and spends nothing of what the operator pays for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from app.models import Account, Source
from app.models.streams import COLLECTION, INVENTORY
from config import Settings


def own_sources(settings: Settings) -> Select[Any]:
    """The ids of these sources, by the rules of `collection_state`."""
    sources, accounts = Source.__table__, Account.__table__.c
    shops = sources.alias("shops")
    theirs = and_(shops.c.account_id == sources.c.account_id, shops.c.kind == INVENTORY.kind)
    is_ours: list[ColumnElement[bool]] = [sources.c.kind == INVENTORY.kind, shops.c.is_active]
    name = settings.discogs_collection_username
    is_ours.append(shops.c.id.is_(None) if name is None else accounts.username_key == name.casefold())
    return (
        select(sources.c.id)
        .join(Account.__table__, accounts.id == sources.c.account_id)
        .outerjoin(shops, theirs)
        .where(sources.c.is_active, sources.c.kind.in_([INVENTORY.kind, COLLECTION.kind]), or_(*is_ours))
    )
