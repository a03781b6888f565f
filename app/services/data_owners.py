"""Whose data somebody may export: an account of this mirror, and its sources."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from app.core.quoting import is_name
from app.errors import AccountNotFound, ConfigurationError, NothingMirrored
from app.extensions import db, wiring
from app.models import Account, Run, Source
from app.models.streams import INVENTORY
from app.models.transactions import read_transaction
from app.services.collection_state import is_shown_to_others
from app.services.sources import SourceState, state_of, states

NOBODY = "No account is mirrored yet: set DISCOGS_SELLER_USERNAME, or log in with Discogs."


class DataOwner(NamedTuple):
    """An account."""

    id: int
    username: str

    @property
    def key(self) -> str:
        """What jobs of this owner are known by."""
        return str(self.id)


def owner_named(username: str | None) -> DataOwner:
    """The account of this name; None: the one whose collection the settings name, else the oldest.

    Guests, who are mirrored for themselves alone, are not among them.

    Raises AccountNotFound, or ConfigurationError when there is no account at all.
    """
    if username is not None and not is_name(username):
        raise AccountNotFound(username)
    settings = wiring().settings
    name = username or settings.discogs_collection_username or settings.discogs_seller_username
    shop = (Source.account_id == Account.id) & (Source.kind == INVENTORY.kind)
    query = (
        select(Account.id, Account.username, Account.username_key, Source.is_active)
        .outerjoin_from(Account, Source, shop)
        .order_by(Account.id)
    )
    if name:
        query = query.where(Account.username_key == name.casefold())
    with read_transaction(db.engine) as connection:
        for row in connection.execute(query):
            if is_shown_to_others(row.username_key, settings, is_shop_shown=row.is_active):
                return DataOwner(row.id, row.username)
    if username:
        raise AccountNotFound(username)
    raise ConfigurationError([NOBODY])


def owner_of_id(account_id: int) -> DataOwner:
    """The account with this id. Raises AccountNotFound."""
    with read_transaction(db.engine) as connection:
        row = connection.execute(select(Account.id, Account.username).where(Account.id == account_id)).one_or_none()
    if row is None:
        raise AccountNotFound(str(account_id))
    return DataOwner(*row)


def source_of(connection: Connection, owner: DataOwner, kind: str) -> SourceState:
    """The owner's source of this kind. Raises NothingMirrored when it never came to anything."""
    row = connection.execute(states(kind).where(Source.account_id == owner.id)).one_or_none()
    if row is None:
        raise NothingMirrored(owner.username, kind, None)
    state = state_of(row)
    filled = select(Run.id).where(Run.source_id == state.id, Run.data_digest.is_not(None)).limit(1)
    if connection.scalar(filled) is None:
        raise NothingMirrored(owner.username, kind, _last_word(connection, state))
    return state


def _last_word(connection: Connection, state: SourceState) -> str | None:
    """How the last run ended, in the words of the house."""
    ended = select(Run.reason, Run.detail).where(Run.source_id == state.id, Run.state == "finished")
    row = connection.execute(ended.order_by(Run.id.desc()).limit(1)).one_or_none()
    return None if row is None else ": ".join(part for part in row if part) or None
