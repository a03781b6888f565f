"""Wrong admin tokens in headers: so many different ones of an address, and of all together, and no more for a while.

A form can be shut for everybody, because who is inside stays inside. Programs have no inside: each of their requests
shows the token, so shutting their door would let any stranger keep the owner's programs out for as long as he likes.
What keeps a guesser from it therefore depends on the token.

- A strong one (those we generate have 256 bits) is not found by guessing, however many are tried. It is always let in.
  Wrong ones are refused sooner than looked into: 429 from the eleventh on.
- A weak one, which the owner has chosen, could be found. So when too many wrong ones came, none is looked at for a
  while, but for addresses from which the right one came within a day, and these have ten wrong ones of their own.

The same wrong token again is no new guess: a program with an old token shuts nobody out. Counted in memory, by all
processes of a server together, so that a question writes nothing.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from threading import Lock

from cachetools import LRUCache

from app.core.households import household
from app.errors import TooManyGuesses
from app.ops.shared_counts import GUESSED_BY_ALL, SharedCounts
from app.services.web_sessions import digest
from config import Secret

MOST, WINDOW_S = 10, 15 * 60
KNOWN_FOR_S = 24 * 3600
STRONG_LENGTH, STRONG_VARIETY = 16, 8


def is_strong(token: str) -> bool:
    """Whether nobody finds the token over a network: 64 bits, when it was made at random.

    >>> is_strong("test-admin-token-4f2c"), is_strong("hunter2"), is_strong("a" * 40)
    (True, False, False)
    """
    return len(token) >= STRONG_LENGTH and len(set(token)) >= STRONG_VARIETY


class BearerGuesses:
    """The tries of programs, as told in their headers."""

    def __init__(self, counts: SharedCounts) -> None:
        self._counts = counts
        self._wrong: LRUCache[bytes, bool] = LRUCache(1024)
        self._key = secrets.token_bytes(16)
        self._lock = Lock()

    def judge(self, address: str | None, told: str, token: Secret) -> bool:
        """Whether `told` is the token. Raises TooManyGuesses in place of saying that it is not, or of looking at it."""
        house, expected = household(address), token.reveal()
        mark = hmac.digest(self._key, f"{house} {expected} {told}".encode(errors="surrogatepass"), "sha256")
        if mark in self._wrong:
            return False
        look = self._judge_strong if is_strong(expected) else self._judge_weak
        if look(house, lambda: hmac.compare_digest(digest(told), digest(expected))):
            return True
        with self._lock:
            self._wrong[mark] = True
        return False

    def _judge_strong(self, house: str, is_right: Callable[[], bool]) -> bool:
        if is_right():
            return True
        self._count(f"guessed by {house}", GUESSED_BY_ALL)
        return False

    def _judge_weak(self, house: str, is_right: Callable[[], bool]) -> bool:
        """Counted before it is looked at, so that of many at once no more are looked at than of many in a row."""
        is_known = self._counts.look(f"known {house}") is not None
        keys = (f"guessed by {house}",) if is_known else (f"guessed by {house}", GUESSED_BY_ALL)
        self._count(*keys)
        if not is_right():
            return False
        for key in keys:
            self._counts.add(key, -1, WINDOW_S)
        self._counts.add(f"known {house}", 1, KNOWN_FOR_S)
        return True

    def _count(self, *keys: str) -> None:
        spent = [found for found in map(self._counts.look, keys) if found is not None and found.number >= MOST]
        counts = spent or [self._counts.add(key, 1, WINDOW_S) for key in keys]
        if over := [each.ends_in_s for each in counts if each in spent or each.number > MOST]:
            raise TooManyGuesses(retry_after=max(over))
