"""Who let which application act for them: request tokens, verifiers, access tokens, nonces."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from .messages import HttpError
from .oauth_signature import REALM, Claim
from .records import Account
from .vocabulary import INVALID_TOKEN

REQUEST_TOKEN_LIVES_S = 15 * 60
CLOCK_TOLERANCE_S = 300
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# Without blanks and control characters, which have no business in a header.
_ADDRESS = re.compile(r"https?://[!-~]+")


@dataclass(frozen=True, slots=True)
class RequestToken:
    """`verifier` and `account_id` are set when somebody has allowed it."""

    token: str
    secret: str
    consumer_key: str
    callback: str
    issued_at: float
    verifier: str = ""
    account_id: int = 0


@dataclass(frozen=True, slots=True)
class AccessToken:
    token: str
    secret: str
    consumer_key: str
    account_id: int


class Consents:
    """Guarded by the lock of its world. `clock` gives seconds since 1970, by which tokens expire."""

    def __init__(self, applications: dict[str, str], seed: str, clock: Callable[[], float] = time.time) -> None:
        self.applications = applications
        self.clock = clock
        self.requests: dict[str, RequestToken] = {}
        self.access: dict[str, AccessToken] = {}
        self._nonces: dict[tuple[str, str, str], float] = {}
        self._rng = random.Random(f"consents of {seed}")

    def issue(self, claim: Claim) -> RequestToken:
        """A fresh request token. Raises 401 for an unknown application, a bad signature or a replay."""
        self.check(claim, token_secret="")
        callback = claim["oauth_callback"] or "oob"
        if callback != "oob" and not _ADDRESS.fullmatch(callback):
            raise HttpError(400, "Invalid callback.")
        made = RequestToken(self._draw(40), self._draw(40), claim["oauth_consumer_key"], callback, self.clock())
        self.requests[made.token] = made
        return made

    def pending(self, token: str) -> RequestToken:
        """Raises 400 for a token that was never issued, is used up, or older than a quarter of an hour."""
        found = self.requests.get(token)
        if found is None or self.clock() - found.issued_at > REQUEST_TOKEN_LIVES_S:
            raise HttpError(400, "Invalid or expired request token.")
        return found

    def allow(self, token: str, account: Account) -> RequestToken:
        """The user agreed; the verifier that proves it lives as long as the token."""
        allowed = replace(self.pending(token), verifier=self._draw(10), account_id=account.id)
        self.requests[token] = allowed
        return allowed

    def refuse(self, token: str) -> RequestToken:
        """The user did not; the token is worth nothing from now on."""
        self.pending(token)
        return self.requests.pop(token)

    def exchange(self, claim: Claim) -> AccessToken:
        """An access token for an allowed request token, once. Raises 400 when it is not (any more) good for one."""
        pending = self.pending(claim["oauth_token"])
        self.check(claim, pending.secret)
        if pending.consumer_key != claim["oauth_consumer_key"]:
            raise HttpError(401, INVALID_TOKEN, headers=(REALM,))
        if not pending.verifier or claim["oauth_verifier"] != pending.verifier:
            raise HttpError(400, "Invalid or expired verifier.")
        del self.requests[pending.token]
        made = AccessToken(self._draw(40), self._draw(40), pending.consumer_key, pending.account_id)
        self.access[made.token] = made
        return made

    def user(self, claim: Claim) -> int | None:
        """The account id behind a signed request, None for an application of its own accord. Raises 401."""
        token = claim["oauth_token"]
        if not token:
            self.check(claim, token_secret="")
            return None
        known = self.access.get(token)
        if known is None or known.consumer_key != claim["oauth_consumer_key"]:
            raise HttpError(401, INVALID_TOKEN, headers=(REALM,))
        self.check(claim, known.secret)
        return known.account_id

    def revoke(self, account_id: int | None = None) -> None:
        """Every access token of an account, or of everybody, is unknown from now on."""
        self.access = {key: token for key, token in self.access.items() if account_id not in (None, token.account_id)}

    def check(self, claim: Claim, token_secret: str) -> None:
        """Application, signature, clock and nonce, in this order; only a good request uses its nonce up."""
        consumer_secret = self.applications.get(claim["oauth_consumer_key"])
        if consumer_secret is None:
            raise HttpError(401, INVALID_TOKEN, headers=(REALM,))
        claim.require_signature(consumer_secret, token_secret)
        now, signed_at = self.clock(), float(claim["oauth_timestamp"])
        if abs(now - signed_at) > CLOCK_TOLERANCE_S:
            raise HttpError(401, "Expired timestamp.", headers=(REALM,))
        self._nonces = {key: at for key, at in self._nonces.items() if now - at <= CLOCK_TOLERANCE_S}
        nonce = (claim["oauth_consumer_key"], claim["oauth_token"], claim["oauth_nonce"])
        if nonce in self._nonces:
            raise HttpError(401, "Nonce already used.", headers=(REALM,))
        self._nonces[nonce] = signed_at

    def _draw(self, length: int) -> str:
        return "".join(self._rng.choices(_LETTERS, k=length))
