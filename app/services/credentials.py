"""Which credential speaks to Discogs for a source."""

from __future__ import annotations

from app.core.outcomes import Reason
from app.discogs.signing import pair_of
from app.errors import CredentialUnreadable, DiscogsAuthenticationError
from app.ops.logging import redact
from app.ops.sealing import Sealer
from app.services.discogs_connection import consumer_of, credential_digest
from app.services.sources import SourceState
from config import Secret, Settings

NEEDS_APPLICATION = "{} logged in with Discogs; that needs DISCOGS_CONSUMER_KEY and DISCOGS_CONSUMER_SECRET"


class Credentials:
    """The credentials of one installation.

    What the caller named (`explicit`) comes first, then what the account itself was given, sealed in the database,
    then DISCOGS_TOKEN: that one is the configured seller's and speaks for nobody else.
    """

    def __init__(self, settings: Settings, sealer: Sealer, explicit: Secret | None = None) -> None:
        self._settings = settings
        self._sealer = sealer
        self._explicit = explicit
        if explicit is not None:
            redact(explicit.reveal())

    def of(self, source: SourceState) -> Secret | None:
        """The credential of `source`; None: ask as a stranger.

        Raises DiscogsAuthenticationError (auth.missing) when the sealed one cannot be opened.
        """
        if self._explicit is not None:
            return self._explicit
        if source.sealed_token:
            return self._opened(source.sealed_token, source.username)
        return self._settings.discogs_token if self._is_configured(source.username) else None

    def digest_of(self, source: SourceState) -> str:
        """Tells whether the credential of `source` is still the same, even when it cannot be opened."""
        try:
            return credential_digest(self.of(source))
        except DiscogsAuthenticationError:
            return credential_digest(Secret(source.sealed_token or ""))

    def _opened(self, sealed: str, username: str) -> Secret:
        try:
            opened = self._sealer.open(sealed, username=username)
        except CredentialUnreadable as error:
            raise DiscogsAuthenticationError(Reason.AUTH_MISSING, detail=str(error)) from error
        for word in opened.split():
            redact(word)
        if pair_of(opened) is not None and consumer_of(self._settings) is None:
            raise DiscogsAuthenticationError(Reason.AUTH_MISSING, detail=NEEDS_APPLICATION.format(username))
        return Secret(opened)

    def _is_configured(self, username: str) -> bool:
        named = self._settings.discogs_seller_username
        return named is None or named.casefold() == username.casefold()
