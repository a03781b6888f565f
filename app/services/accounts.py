"""Accounts with a credential of their own, sealed in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, select, update

from app.core.outcomes import Reason
from app.core.quoting import quoted
from app.errors import AccountNotFound, DiscogsAuthenticationError
from app.extensions import db, wiring
from app.models import Account, Source, WebSession
from app.models.transactions import read_transaction, write_transaction
from app.services.account_names import goes_by
from app.services.discogs_connection import NeverStops, StopSignal
from app.services.erased_accounts import IS_SOMEBODY
from app.services.showing import show
from app.services.sources import INVENTORY, Sources
from app.services.standing_refusals import standing_refusals
from config import Secret

if TYPE_CHECKING:
    from app.discogs.answers import Identity


def add(username: str, token: str, stop: StopSignal | None = None) -> str:
    """Try the token, seal it, mirror its owner's inventory; the name as Discogs writes it.

    Raises DiscogsAPIError when Discogs refuses the token, or knows it as somebody else's.
    """
    wired = wiring()
    identity = wired.connect(wired, Secret(token), stop=stop or NeverStops()).identity()
    if identity.username.casefold() != username.casefold():
        raise DiscogsAuthenticationError(
            Reason.AUTH_FORBIDDEN, detail=f"this token belongs to {identity.username}, not to {quoted(username)}"
        )
    enter(identity, token)
    return identity.username


def enter(identity: Identity, credential: str, *, is_shown: bool = True) -> int:
    """Seal a credential that Discogs has just accepted, and mirror its owner's inventory; the account's id.

    Without `is_shown` a new shop is mirrored and not shown, and one that is known stays as it is.
    Raises DiscogsResponseError (seller.changed) when the name now belongs to another user.
    """
    wired = wiring()
    sources = Sources(db.engine, wired.clock)
    known = sources.account_of(identity.id)
    if known is not None and known.username != identity.username:
        sources.rename(known, identity.username)
    source = sources.inventory_of(identity.username, is_shown=is_shown)
    is_hidden = is_shown and not source.is_active
    if known is None:
        sources.identify(source, identity.id, identity.username)
    with write_transaction(db.engine) as connection:
        sealed = wired.sealer.seal(credential)
        connection.execute(update(Account).where(Account.id == source.account_id).values(sealed_token=sealed))
    if is_hidden:  # it was known, and what visitors see of it now is a change that has to be told
        show(db.engine, wired.locks, wired.clock, source.id, is_shown=True, settings=wired.settings)
    return source.account_id


def remove(username: str) -> str:
    """Forget the credential and the sessions of an account; what was mirrored stays. The name as it is stored.

    Nor is it known any more whether strangers may see its collection and wantlist, until a sync asks again.
    Raises AccountNotFound.
    """
    with write_transaction(db.engine) as connection:
        query = select(Account.id, Account.username).where(goes_by(username))
        if (found := connection.execute(query).one_or_none()) is None:
            raise AccountNotFound(username)
        connection.execute(update(Account).where(Account.id == found.id).values(sealed_token=None))
        connection.execute(update(Source).where(Source.account_id == found.id).values(is_public=None))
        connection.execute(delete(WebSession).where(WebSession.account_id == found.id))
    return str(found.username)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account is doing here: whether it has a credential, is shown, and what Discogs last refused."""

    has_credential: bool
    is_shown: bool
    refused: str | None


def standing_of(account_id: int) -> Standing:
    """How this account is doing."""
    query = select(Account.username, Account.sealed_token, Source.is_active).join(Source)
    with read_transaction(db.engine) as connection:
        row = connection.execute(query.where(Account.id == account_id, Source.kind == INVENTORY)).one()
        refused = {each.seller: each.reason for each in standing_refusals(connection, wiring())}
    return Standing(row.sealed_token is not None, row.is_active, refused.get(row.username))


def overview() -> list[str]:
    """One line per account: name, whether it has a credential, whether its shop is shown."""
    shop = and_(Source.account_id == Account.id, Source.kind == INVENTORY)
    query = select(Account.username, Account.sealed_token, Source.is_active).outerjoin(Source, shop)
    with read_transaction(db.engine) as connection:
        rows = connection.execute(query.where(IS_SOMEBODY).order_by(Account.id)).all()
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
