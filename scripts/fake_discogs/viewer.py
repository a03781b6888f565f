"""Who is asking, and hence how much Discogs shows."""

import hmac
import re
from dataclasses import dataclass
from functools import cached_property

from .messages import Request
from .oauth_signature import Claim, is_signed
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


class Caller:
    """Whoever sent a request; looked at once, because a signed request is good for one look only."""

    def __init__(self, world: World, request: Request) -> None:
        self._world = world
        self._request = request

    @cached_property
    def viewer(self) -> Viewer:
        """Raises BadCredential for an unknown or revoked one, and the HttpError of a bad signature."""
        world = self._world
        if is_signed(self._request):
            number = world.consents.user(Claim.of(self._request))
            return Viewer(is_application=True) if number is None else Viewer(world.accounts[number])
        return _identify(world, _credential(self._request))


def claims_credential(request: Request) -> bool:
    """Whether the request carries a credential at all; Discogs grants the higher rate before checking it."""
    return bool(_credential(request))


def _identify(world: World, credential: dict[str, str]) -> Viewer:
    if not credential:
        return Viewer()
    if "token" in credential:
        return _user(world, credential["token"])
    known = world.consents.applications.get(credential.get("key", ""))
    if known is not None and _same(credential.get("secret", ""), known):
        return Viewer(is_application=True)
    raise BadCredential


def _credential(request: Request) -> dict[str, str]:
    header = request.headers.get("authorization", "")
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "discogs":
        return dict(_PAIR.findall(rest)) or {"key": ""}
    # A header of another scheme is still a credential, and not a good one unless it is signed.
    if header:
        return {"key": ""}
    return {name: request.query[name] for name in ("token", "key", "secret") if name in request.query}


def _user(world: World, token: str) -> Viewer:
    if _same(token, world.seller.token) and not world.token_revoked:
        return Viewer(world.token_owner or world.seller)
    for account in world.accounts.values():
        if account.id != world.seller.id and _same(token, account.token):
            return Viewer(account)
    raise BadCredential


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
