"""Accounts and their sources as the owner sees them: why each is here, how its credential stands, never what it is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from app.core.outcomes import Outcome
from app.discogs.signing import pair_of
from app.errors import DiscogsAuthenticationError
from app.extensions import db, wiring
from app.models import Account, Run, Source, WebSession
from app.models.transactions import read_transaction
from app.services.back_room import with_ages
from app.services.credentials import Credentials
from app.services.erased_accounts import IS_SOMEBODY
from app.services.shop_statistics import iso
from app.services.source_overview import source_overview
from app.services.sources import INVENTORY, SourceState, state_of, states
from config import Settings

if TYPE_CHECKING:
    from app.extensions import Wiring

LOGIN, PERSONAL = "logged in with Discogs", "entered with a personal token"
NAMED = "named by"
GOOD = (Outcome.APPLIED, Outcome.APPLIED_NO_REMOVALS, Outcome.HELD)


class CredentialState(NamedTuple):
    """`kind` is of whom it is: login, token, setting, or none; `trouble` says why it does not do, `since` when."""

    kind: str
    trouble: str | None
    since: datetime | None


def account_report() -> list[dict[str, Any]]:
    """Every account with its sources. Needs an application context."""
    wired = wiring()
    with read_transaction(db.engine) as connection:
        accounts = connection.execute(
            select(Account.id, Account.username, Account.discogs_user_id, Account.created_at)
            .where(IS_SOMEBODY)
            .order_by(Account.id)
        ).all()
        known = [state_of(row) for row in connection.execute(states())]
        told = {one["id"]: one for one in source_overview(connection, wired)}
        sessions = _sessions(connection)
        refusals = _refusals(connection)
    aged = {one["id"]: one for one in with_ages(list(told.values()))}
    return [
        _account(account._asdict(), [one for one in known if one.account_id == account.id], aged, refusals, wired)
        | {"sessions": sessions.get(account.id, 0)}
        for account in accounts
    ]


def _account(
    account: dict[str, Any],
    sources: list[SourceState],
    told: dict[int, dict[str, Any]],
    refusals: dict[int, tuple[str, datetime | None]],
    wired: Wiring,
) -> dict[str, Any]:
    credential = _credential(sources, refusals, wired)
    origins = _origins(str(account["username"]), credential.kind, wired.settings)
    is_named = any(origin.startswith(NAMED) for origin in origins)
    is_shown = any(one.is_active for one in sources if one.kind == INVENTORY)
    return account | {
        "created_at": iso(account["created_at"]),
        "origins": origins,
        "may_be_erased": not (is_named or is_shown or wired.settings.token_trouble),
        "credential": credential._asdict() | {"since": iso(credential.since)},
        "is_stored": any(one.sealed_token for one in sources),
        "sources": [told[one.id] for one in sources if one.id in told],
    }


def _origins(username: str, credential: str, settings: Settings) -> list[str]:
    """Why this account is here, in words."""
    named = {
        "DISCOGS_SELLER_USERNAME": settings.discogs_seller_username,
        "DISCOGS_COLLECTION_USERNAME": settings.discogs_collection_username,
    }
    found = [f"{NAMED} {name}" for name, text in named.items() if text and text.casefold() == username.casefold()]
    return [*found, *([LOGIN] if credential == "login" else [PERSONAL] if credential == "token" else [])]


def _credential(
    sources: list[SourceState], refusals: dict[int, tuple[str, datetime | None]], wired: Wiring
) -> CredentialState:
    """The streams of an account share its credential."""
    if not sources:
        return CredentialState("none", None, None)
    source = sources[0]
    try:
        secret = Credentials(wired.settings, wired.sealer).of(source)
    except DiscogsAuthenticationError as error:
        return CredentialState("unreadable", error.detail or str(error), None)
    kind = "none" if secret is None else "setting"
    if source.sealed_token and secret is not None:
        kind = "login" if pair_of(secret.reveal()) is not None else "token"
    refused = next((refusals[one.id] for one in sources if one.id in refusals), None)
    return CredentialState(kind, *(refused or (None, None)))


def _refusals(connection: Connection) -> dict[int, tuple[str, datetime | None]]:
    """Of each source whose credential was refused last: why, and since when no sync ended well."""
    earlier = aliased(Run)
    ended_well = (earlier.source_id == Source.id, earlier.kind == "sync", earlier.outcome.in_(GOOD))
    good = select(func.max(earlier.id)).where(*ended_well).correlate(Source).scalar_subquery()
    refused = (Run.source_id == Source.id, Run.reason.like("auth.%"), Run.id > func.coalesce(good, 0))
    since = select(func.min(Run.finished_at)).where(*refused).correlate(Source).scalar_subquery()
    paused = select(Source.id, Source.paused_reason, since).where(Source.paused_reason.is_not(None))
    return {source_id: (str(reason), at) for source_id, reason, at in connection.execute(paused)}


def _sessions(connection: Connection) -> dict[int, int]:
    """How many browsers are logged in, by account."""
    query = select(WebSession.account_id, func.count()).where(WebSession.account_id.is_not(None))
    rows = connection.execute(query.group_by(WebSession.account_id))
    return {int(account_id): count for account_id, count in rows if account_id is not None}
