"""Who guessed the admin token how often, at forms and in headers together, counted in the memory of the server.

Of each address ten wrong ones are looked at in a quarter of an hour, however strong the token; then none of that
address is, neither wrong nor right. So a guesser shuts out himself and who shares his address, and nobody else.

Of all addresses together ten wrong ones are answered as wrong. What comes after that depends on what is to be guessed.
Where it could be found, at forms and where the owner chose a weak token, nothing of strangers is looked at any more. A
strong token in a header still is, and a wrong one refused as too many: nobody finds 256 bits from any number of
addresses, and else any stranger could keep programs of the owner out that come from a new address.

Who showed the right token within a day is known, and has ten of his own, whatever others do. Known is an address
together with whom a proxy there says it asks for. Behind a proxy that TRUSTED_PROXIES does not name everybody seems to
be one; what it says proves nothing, but tells the owner from a crowd that does not know what it says of him.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from flask import current_app

from app.core.households import household
from app.errors import TooManyGuesses
from app.ops.shared_counts import GUESSED_BY_ALL, SharedCounts
from app.services.web_sessions import digest
from config import Secret

KEY = "waxmirror.guesses"
MOST, WINDOW_S = 10, 15 * 60
KNOWN_FOR_S = 24 * 3600


def is_same(told: str, token: Secret) -> bool:
    """Whether this is the token. Digests are of equal length, so that comparing tells nothing about the token's."""
    return hmac.compare_digest(digest(told), digest(token.reveal()))


@dataclass(frozen=True, slots=True)
class Guesser:
    """Who tries: a household, and of which visitor the proxy in it speaks, if there is one."""

    house: str
    visitor: str

    @classmethod
    def of(cls, address: str | None, forwarded_for: str = "") -> Guesser:
        """Whoever asks from `address`. Of what proxies say the last word counts: visitors can make up those before it.

        >>> Guesser.of("127.0.0.1", "10.0.0.1, 203.0.113.7")
        Guesser(house='127.0.0.1', visitor='203.0.113.7')
        """
        return cls(household(address), household(forwarded_for.rpartition(",")[2].strip()))


class Guesses:
    """The tries of the last quarter of an hour."""

    def __init__(self, counts: SharedCounts) -> None:
        self.counts = counts

    @classmethod
    def here(cls) -> Guesses:
        """Of the current application."""
        return cast(Guesses, current_app.extensions[KEY])

    def knows(self, guesser: Guesser) -> bool:
        """Whether the right token came from there of late."""
        return self.counts.look(_known(guesser)) is not None

    def judge(self, guesser: Guesser, is_right: Callable[[], bool], *, is_shut_by_all: bool) -> bool:
        """Whether a try is right. Raises TooManyGuesses in place of looking at it, or of saying that it is wrong.

        It is counted before it is looked at: of many at once no more are looked at than of many in a row.
        """
        house = f"guessed by {guesser.house}"
        own = _of_strangers(house, is_shut_by_all=is_shut_by_all)
        if self.knows(guesser):
            own = (f"guessed as {_known(guesser)}",)
        self._count(own)
        try:
            found = is_right()
        except BaseException:
            self._take_back(own)
            raise
        if found:
            self._take_back(own)
            self.counts.note(_known(guesser), KNOWN_FOR_S)
        else:
            self._add(each for each in (house, GUESSED_BY_ALL) if each not in own)
        return found

    def _count(self, keys: Sequence[str]) -> None:
        spent = [found for found in map(self.counts.look, keys) if found is not None and found.number >= MOST]
        if spent:
            raise TooManyGuesses(retry_after=max(each.ends_in_s for each in spent))
        try:
            self._add(keys)
        except TooManyGuesses:
            self._take_back(keys)  # it is not looked at: it may well be right, of many right ones at once
            raise

    def _add(self, keys: Iterable[str]) -> None:
        counts = [self.counts.add(key, 1, WINDOW_S) for key in keys]
        if over := [each.ends_in_s for each in counts if each.number > MOST]:
            raise TooManyGuesses(retry_after=max(over))

    def _take_back(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.counts.add(key, -1, WINDOW_S)


def _known(guesser: Guesser) -> str:
    return f"known {guesser.house} {guesser.visitor}"


def _of_strangers(house: str, *, is_shut_by_all: bool) -> tuple[str, ...]:
    return (house, GUESSED_BY_ALL) if is_shut_by_all else (house,)
