"""How a request says who it speaks for: a personal token as it is, or the pair of a user who logged in, signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from oauthlib import oauth1

from app.errors import ConfigurationError

if TYPE_CHECKING:
    from config import Secret


@dataclass(frozen=True, slots=True)
class Consumer:
    """The application that Discogs knows: DISCOGS_CONSUMER_KEY and DISCOGS_CONSUMER_SECRET."""

    key: Secret
    secret: Secret


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An OAuth token and its secret, of a request or of a user who agreed."""

    token: str
    secret: str

    def __repr__(self) -> str:
        return "TokenPair('**********')"

    def packed(self) -> str:
        """The pair as one text. Personal tokens have no blank, so that the two kinds cannot be confused."""
        return f"{self.token} {self.secret}"


def pair_of(text: str) -> TokenPair | None:
    """The pair that `text` packs; None for a personal token."""
    token, blank, secret = text.partition(" ")
    return TokenPair(token, secret) if blank else None


class Authorization:
    """Writes the Authorization header. Raises ConfigurationError for a pair without the application it belongs to."""

    def __init__(self, token: Secret, consumer: Consumer | None) -> None:
        self._text = token.reveal()
        self._pair = pair_of(self._text)
        if self._pair is not None and consumer is None:
            raise ConfigurationError(
                ["DISCOGS_CONSUMER_KEY and DISCOGS_CONSUMER_SECRET are needed for accounts that logged in with Discogs"]
            )
        self._consumer = consumer

    def header(self, method: str, url: str, params: Mapping[str, str] | None = None) -> str:
        """The header for one request."""
        if self._pair is None or self._consumer is None:
            return f"Discogs token={self._text}"
        address = f"{url}?{urlencode(params)}" if params else url
        return signed(self._consumer, method, address, self._pair)

    def secrets(self) -> tuple[str, ...]:
        """The texts that must never be quoted."""
        own = (self._pair.token, self._pair.secret) if self._pair else (self._text,)
        return own + ((self._consumer.secret.reveal(),) if self._pair and self._consumer else ())


def signed(
    consumer: Consumer,
    method: str,
    address: str,
    pair: TokenPair | None = None,
    *,
    callback: str | None = None,
    verifier: str | None = None,
) -> str:
    """The header of a signed request to `address`, which includes the query.

    Over https PLAINTEXT, as Discogs documents it; over plain http HMAC-SHA1, which keeps the secrets at home.
    """
    is_safe = address.startswith("https://")
    client = oauth1.Client(
        consumer.key.reveal(),
        client_secret=consumer.secret.reveal(),
        resource_owner_key=pair.token if pair else None,
        resource_owner_secret=pair.secret if pair else None,
        callback_uri=callback,
        verifier=verifier,
        signature_method=oauth1.SIGNATURE_PLAINTEXT if is_safe else oauth1.SIGNATURE_HMAC_SHA1,
    )
    _, headers, _ = client.sign(address, method)
    return str(headers["Authorization"])
