"""Whose listings a file holds: named, configured, or the only account there is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select

from app.errors import ConfigurationError
from app.models import Account, ListingRow, Source
from app.models.database_file import has_schema
from app.models.transactions import read_transaction
from app.services.sources import INVENTORY

L = ListingRow.__table__.c
HOW_TO_NAME = (
    "whose listings are these? Name the seller with --seller NAME, or set DISCOGS_SELLER_USERNAME: nobody is invented"
)


@dataclass(frozen=True, slots=True)
class ImportSeller:
    """A seller; `source_id` is None while the mirror does not know them, `currency` while nobody knows it."""

    username: str
    source_id: int | None
    currency: str | None
    is_named: bool  # by the person who imports, not by a setting


def find_seller(engine: Engine, *, named: str | None, configured: str | None) -> ImportSeller:
    """The seller the file is of. Raises ConfigurationError when nobody says who that is. Writes nothing."""
    username = named or configured
    if not has_schema(engine):
        if username is None:
            raise ConfigurationError([HOW_TO_NAME])
        return ImportSeller(username, None, None, named is not None)
    query = select(Account.username, Account.currency, Source.id).join(Source).where(Source.kind == INVENTORY)
    if username is not None:
        query = query.where(Account.username_key == username.casefold())
    with read_transaction(engine) as connection:
        rows = connection.execute(query.limit(2)).all()
        if len(rows) == 1:
            name, currency, source_id = rows[0]
            return ImportSeller(name, source_id, currency or _usual_currency(connection, source_id), named is not None)
    if username is None:
        raise ConfigurationError([HOW_TO_NAME])
    return ImportSeller(username, None, None, named is not None)


def _usual_currency(connection: Connection, source_id: int) -> str | None:
    query = (
        select(L.price_currency)
        .where(L.source_id == source_id, L.price_currency.is_not(None))
        .group_by(L.price_currency)
        .order_by(func.count().desc(), L.price_currency)
    )
    return connection.scalar(query.limit(1))
