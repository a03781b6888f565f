"""What a doctor finds when he asks Discogs: whether it answers, and whether the credential is that of the shop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.core.outcomes import Reason
from app.errors import DiscogsAPIError, DiscogsAuthenticationError, DiscogsNotFound
from app.services.credentials import Credentials
from app.services.discogs_connection import Discogs, NeverStops
from app.services.findings import Finding, Verdict
from app.services.sources import SourceState
from config import Settings

if TYPE_CHECKING:
    from app.discogs.answers import Identity
    from app.extensions import Wiring

ANOTHER = "make a new token at Discogs (Settings, Developers) and set DISCOGS_TOKEN, or log in again at /login"
# What to do about the reasons that people meet most; the others explain themselves in the details of their run.
WHAT_TO_DO = {
    "auth": ANOTHER,
    "net": "look whether this machine reaches Discogs; the next sync tries again by itself",
    "http": "nothing: Discogs was busy or asked us to slow down; the next sync tries again by itself",
    "body": "nothing: Discogs answered with something that is no data, most often a page of an error",
    "seller": "look whether DISCOGS_SELLER_USERNAME is spelled as at Discogs, and whether the shop is open",
    "guard": "look at GET /api/sync/runs/<id>, then confirm what is right with POST /api/sync/runs/<id>/confirm",
    "db": "look at the line about the database",
}


def what_to_do(reason: str) -> str:
    """About a reason of the closed vocabulary; "" where nothing is."""
    if reason == Reason.GUARD_CONFIG:
        return "another shop or other eyes: put the settings back, or confirm the held run"
    return WHAT_TO_DO.get(reason.partition(".")[0], "")


def named_account(settings: Settings) -> str | None:
    """Who is mirrored first, as the settings have it."""
    return settings.discogs_seller_username or settings.discogs_collection_username


def about_token(wired: Wiring, own: SourceState | None) -> Iterator[Finding]:
    """Whether there is a credential; `own` is what the database knows of whom is mirrored first."""
    settings = wired.settings
    if settings.token_trouble:
        yield Finding("token", Verdict.PROBLEM, settings.token_trouble, ANOTHER)
        return
    if own is not None and own.sealed_token:
        yield Finding("token", Verdict.OK, f"{own.username} has a credential of its own, stored sealed")
    elif settings.discogs_token:
        yield Finding("token", Verdict.OK, "DISCOGS_TOKEN is set")
    else:
        detail = "without DISCOGS_TOKEN a stranger's view is read at 25 requests a minute, 10,000 listings at most"
        yield Finding("token", Verdict.WARNING, detail, "make a token at Discogs (Settings, Developers) and set it")


def about_discogs(wired: Wiring, own: SourceState | None) -> Iterator[Finding]:
    """Ask what a sync would ask first, with the same credential: two requests at most."""
    settings = wired.settings
    whose = named_account(settings) or (own.username if own is not None else None)
    try:
        credential = settings.discogs_token if own is None else Credentials(settings, wired.sealer).of(own)
        client = wired.connect(wired, credential, stop=NeverStops())
        identity = client.identity() if credential is not None else None
        if identity is None and whose is None:
            yield Finding("Discogs", Verdict.OK, "not asked: neither a token nor a user is named")
            return
        found = list(_about_user(client, identity, whose, own))
    except DiscogsAPIError as error:
        verdict = Verdict.PROBLEM if isinstance(error, DiscogsAuthenticationError) else Verdict.WARNING
        yield Finding("Discogs", verdict, f"{error.reason}: {error}", what_to_do(str(error.reason)))
        return
    known = identity.username if identity is not None else whose
    yield Finding("Discogs", Verdict.OK, f"{settings.discogs_api_url} answers and knows {known}; {_budget(wired)}")
    yield from found


def _about_user(
    client: Discogs, identity: Identity | None, whose: str | None, own: SourceState | None
) -> Iterator[Finding]:
    """Whether the user that the settings name is there, and the one whose credential it is."""
    if whose is None:
        return
    if identity is not None and identity.username.casefold() == whose.casefold():
        yield Finding("identity", Verdict.OK, f"the credential is that of {identity.username}")
        return
    if identity is not None and own is not None and identity.id == own.discogs_user_id:
        advice = f"nothing for now; set DISCOGS_SELLER_USERNAME to {identity.username} when it suits you"
        yield Finding("identity", Verdict.WARNING, f"{whose} is called {identity.username} by now", advice)
        return
    try:
        there = client.user(whose).username
    except DiscogsNotFound:
        yield Finding("identity", Verdict.PROBLEM, f"Discogs knows no user {whose}", WHAT_TO_DO["seller"])
        return
    if identity is None:
        yield Finding("identity", Verdict.OK, f"Discogs knows {there}, and shows what it shows to strangers")
        return
    detail = f"the credential is that of {identity.username}: of {there} Discogs shows it what strangers see"
    advice = f"make the token while logged in at Discogs as {there}, or name {identity.username} in the settings"
    yield Finding("identity", Verdict.WARNING, detail, advice)


def _budget(wired: Wiring) -> str:
    pace = wired.throttle.snapshot()
    left = "an unknown number" if pace.remaining is None else str(pace.remaining)
    return f"{left} of requests are left in this minute, we use at most {pace.limit}"
