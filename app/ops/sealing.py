"""Stored credentials are sealed with MultiFernet: the first key seals, every key opens."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.errors import ConfigurationError, CredentialUnreadable


class Sealer:
    """Seals and opens credentials. Raises ConfigurationError for keys that are no Fernet keys."""

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise ConfigurationError(
                ["TOKEN_KEYS: each key must be 32 url-safe base64-encoded bytes (comma between keys)"]
            ) from error

    def seal(self, secret: str) -> str:
        """The secret as text that is safe to store."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str, *, username: str) -> str:
        """The secret again. Raises CredentialUnreadable when no present key opens it."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise CredentialUnreadable(username) from error

    def reseal(self, sealed: str, *, username: str) -> str:
        """The same secret under the first key. Raises CredentialUnreadable."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken as error:
            raise CredentialUnreadable(username) from error
