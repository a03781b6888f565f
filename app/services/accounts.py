"""Accounts with a credential of their own, sealed in the database."""

from __future__ import annotations

from sqlalchemy import select, update

from app.core.outcomes import Reason
from app.errors import DiscogsAuthenticationError
from app.extensions import db, wiring
from app.models import Account, Source
from app.models.transactions import read_transaction, write_transaction
from app.services.discogs_connection import NeverStops
from app.services.sources import Sources
from config import Secret


def add(username: str, token: str) -> str:
    """Try the token, seal it, mirror its owner's inventory; the name as Discogs writes it.

    Raises DiscogsAPIError when Discogs refuses the token, or knows it as somebody else's.
    """
    wired = wiring()
    identity = wired.connect(wired, Secret(token), stop=NeverStops()).identity()
    if identity.username.casefold() != username.casefold():
        raise DiscogsAuthenticationError(
            Reason.AUTH_FORBIDDEN, detail=f"this token belongs to {identity.username}, not to {username}"
        )
    sources = Sources(db.engine, wired.clock)
    source = sources.inventory_of(identity.username, is_added=True)
    sources.identify(source, identity.id, identity.username)
    with write_transaction(db.engine) as connection:
        connection.execute(
            update(Account).where(Account.id == source.account_id).values(sealed_token=wired.sealer.seal(token))
        )
        connection.execute(update(Source).where(Source.id == source.id).values(is_active=True))
    return identity.username


def overview() -> list[str]:
    """One line per account: name, whether it has a credential, whether its shop is shown."""
    query = select(Account.username, Account.sealed_token, Source.is_active).join(Source).order_by(Account.id)
    with read_transaction(db.engine) as connection:
        rows = connection.execute(query).all()
    return [
        f"{name}: {'own credential' if sealed else 'no stored credential'}, {'shown' if shown else 'not shown'}"
        for name, sealed, shown in rows
    ]


def reseal_all() -> int:
    """Seal every credential under the first key; how many. Raises CredentialUnreadable, changing none."""
    sealer = wiring().sealer
    with write_transaction(db.engine) as connection:
        query = select(Account.id, Account.username, Account.sealed_token).where(Account.sealed_token.is_not(None))
        rows = connection.execute(query).all()
        for account_id, username, sealed in rows:
            fresh = sealer.reseal(str(sealed), username=username)
            connection.execute(update(Account).where(Account.id == account_id).values(sealed_token=fresh))
    return len(rows)
