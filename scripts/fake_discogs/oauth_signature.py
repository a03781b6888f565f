"""Signed requests after RFC 5849: what they claim, and whether the signature is that of who they claim to be."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

from .messages import HttpError, Request

_PAIR = re.compile(r'\s*([^=\s,]+)\s*=\s*"([^"]*)"\s*')
_REQUIRED = ("oauth_consumer_key", "oauth_signature_method", "oauth_signature", "oauth_timestamp", "oauth_nonce")
_FORM = "application/x-www-form-urlencoded"
REALM = ("WWW-Authenticate", 'OAuth realm="https://api.discogs.com"')


def is_signed(request: Request) -> bool:
    return request.headers.get("authorization", "").partition(" ")[0].lower() == "oauth"


@dataclass(frozen=True, slots=True)
class Claim:
    """The OAuth parameters of one request, decoded. `sent` are the form and query parameters beside them."""

    parameters: Mapping[str, str]
    sent: tuple[tuple[str, str], ...]
    method: str
    address: str

    @classmethod
    def of(cls, request: Request) -> "Claim":
        """Raises the 500 of an unsigned call and the 400 of one with something missing or malformed."""
        if not is_signed(request):
            # Seen upstream: not a 401.
            raise HttpError(500, "An internal server error occurred.")
        parameters = _parse(request.headers["authorization"].partition(" ")[2])
        missing = [name for name in _REQUIRED if not parameters.get(name)]
        if missing:
            raise HttpError(400, f"Missing OAuth parameters: {', '.join(missing)}.")
        if not parameters["oauth_timestamp"].isdecimal() or parameters.get("oauth_version", "1.0") != "1.0":
            raise HttpError(400, "Malformed OAuth parameters.")
        host = request.headers.get("host", "").lower().removesuffix(":80")
        return cls(parameters, _sent(request), request.method.upper(), f"http://{host}{request.path}")

    def __getitem__(self, name: str) -> str:
        """Empty for what was not claimed; a callback or verifier may stand in the form as well."""
        return self.parameters.get(name) or dict(self.sent).get(name, "")

    def require_signature(self, consumer_secret: str, token_secret: str) -> None:
        """Raises 401 unless the request was signed with these, or 400 for a method nobody knows."""
        key = f"{encoded(consumer_secret)}&{encoded(token_secret)}"
        if not hmac.compare_digest(self._expected(key).encode(), self["oauth_signature"].encode()):
            raise HttpError(401, "Invalid signature.", headers=(REALM,))

    def _expected(self, key: str) -> str:
        method = self["oauth_signature_method"]
        if method == "PLAINTEXT":
            return key
        if method != "HMAC-SHA1":
            raise HttpError(400, f"Signature method {method} is not supported.")
        digest = hmac.new(key.encode(), self.base_string().encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()

    def base_string(self) -> str:
        own = [pair for pair in self.parameters.items() if pair[0] not in {"oauth_signature", "realm"}]
        pairs = sorted((encoded(name), encoded(value)) for name, value in (*own, *self.sent))
        return "&".join((self.method, encoded(self.address), encoded("&".join(f"{n}={v}" for n, v in pairs))))


def encoded(text: str) -> str:
    return quote(text, safe="-._~")


def _parse(header: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in header.split(","):
        match = _PAIR.fullmatch(part)
        if match is None or match.group(1) in found:
            raise HttpError(400, "Malformed OAuth parameters.")
        found[unquote(match.group(1))] = unquote(match.group(2))
    return found


def _sent(request: Request) -> tuple[tuple[str, str], ...]:
    pairs = parse_qsl(request.raw_query, keep_blank_values=True)
    if request.headers.get("content-type", "").startswith(_FORM):
        pairs += parse_qsl(request.body.decode("latin-1"), keep_blank_values=True)
    return tuple(pairs)
