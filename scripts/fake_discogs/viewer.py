"""Who is asking, and hence how much Discogs shows."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from .records import Account
from .world import World

_PAIR = re.compile(r'(\w+)="?([^",\s]*)"?')


class BadCredential(Exception):
    """A token or key that Discogs does not know."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """`account` is None for the anonymous and for an application without a user."""

    account: Account | None = None
    is_application: bool = False

    @property
    def has_credential(self) -> bool:
        return self.account is not None or self.is_application

    def owns(self, account: Account) -> bool:
        return self.account is not None and self.account.id == account.id


def claims_credential(headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
    """Whether the request carries a credential at all; Discogs grants the higher rate before checking it."""
    return bool(_credential(headers, query))


def identify(world: World, headers: Mapping[str, str], query: Mapping[str, str]) -> Viewer:
    """Raises BadCredential for an unknown or revoked one."""
    credential = _credential(headers, query)
    if not credential:
        return Viewer()
    if "token" in credential:
        return _user(world, credential["token"])
    if "oauth_token" in credential:
        return _user(world, credential["oauth_token"])
    is_known_key = _same(credential.get("key", ""), world.consumer_key)
    if is_known_key and _same(credential.get("secret", ""), world.consumer_secret):
        return Viewer(is_application=True)
    raise BadCredential


def _credential(headers: Mapping[str, str], query: Mapping[str, str]) -> dict[str, str]:
    header = headers.get("authorization", "")
    scheme, _, rest = header.partition(" ")
    if scheme.lower() in {"discogs", "oauth"}:
        return dict(_PAIR.findall(rest)) or {"key": ""}
    # A header of another scheme is still a credential, and not a good one.
    if header:
        return {"key": ""}
    return {name: query[name] for name in ("token", "key", "secret") if name in query}


def _user(world: World, token: str) -> Viewer:
    if _same(token, world.seller.token) and not world.token_revoked:
        return Viewer(world.token_owner or world.seller)
    for account in world.accounts.values():
        if account.id != world.seller.id and _same(token, account.token):
            return Viewer(account)
    raise BadCredential


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
