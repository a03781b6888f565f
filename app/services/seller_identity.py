"""Whose stream it is, and with whose eyes it is looked at."""

from __future__ import annotations

import logging

from app.core.outcomes import Reason
from app.errors import DiscogsAPIError, DiscogsNotFound
from app.services.discogs_connection import Discogs
from app.services.sources import Sources, SourceState
from app.services.subject import Subject

logger = logging.getLogger(__name__)


def identify(client: Discogs, source: SourceState, sources: Sources) -> tuple[Subject, SourceState]:
    """Who asks and who is asked about: once per run. An account is known by its user id, names change.

    Raises DiscogsAPIError (seller.not_found, seller.changed, or what Discogs answers).
    """
    if client.has_token:
        identity = client.identity()
        is_same_name = identity.username.casefold() == source.username.casefold()
        if is_same_name or identity.id == source.discogs_user_id:
            source = _known_as(sources, source, identity.id, identity.username)
            return Subject(source.id, identity.id, identity.username, is_owner=True), source
        logger.warning(
            "The token belongs to %s, not to %s: only what strangers see is mirrored",
            identity.username,
            source.username,
        )
    try:
        profile = client.user(source.username)
    except DiscogsNotFound as error:
        raise no_such_seller(source, error) from error
    source = _known_as(sources, source, profile.id, profile.username)
    return Subject(source.id, profile.id, profile.username, is_owner=False), source


def _known_as(sources: Sources, source: SourceState, user_id: int, username: str) -> SourceState:
    known = sources.account_of(user_id)
    if known is not None and known.id != source.account_id:
        sources.rename(known, username)
        raise DiscogsAPIError(
            Reason.SELLER_CHANGED, detail=f"{known.username} is called {username} now; the next run goes on there"
        )
    sources.identify(source, user_id, username)
    return source


def no_such_seller(source: SourceState, error: DiscogsAPIError) -> DiscogsAPIError:
    """The error for a name that Discogs does not know (any more)."""
    return DiscogsAPIError(
        Reason.SELLER_NOT_FOUND,
        status=404,
        url_path=error.url_path,
        detail=f"Discogs knows no user {source.username}",
    )
