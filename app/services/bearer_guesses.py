"""Wrong admin tokens in headers. `guesses` says how many are looked at.

A program whose token is old guesses nothing: the same wrong token again is not looked at and counts no more, so that it
shuts out nobody who shares its address; after ten times it is told to wait, too. Counted in memory, so that a question
writes nothing.
"""

from __future__ import annotations

from app.errors import TooManyGuesses
from app.services.guesses import MOST, WINDOW_S, Guesser, Guesses, is_same
from app.services.web_sessions import digest
from config import Secret

STRONG_LENGTH, STRONG_VARIETY = 16, 8


def is_strong(token: str) -> bool:
    """Whether nobody finds the token over a network: 64 bits, when it was made at random.

    >>> is_strong("test-admin-token-4f2c"), is_strong("hunter2"), is_strong("a" * 40)
    (True, False, False)
    """
    return len(token) >= STRONG_LENGTH and len(set(token)) >= STRONG_VARIETY


class BearerGuesses:
    """The tries of programs, as told in their headers."""

    def __init__(self, guesses: Guesses) -> None:
        self._guesses = guesses

    @classmethod
    def here(cls) -> BearerGuesses:
        """Of the current application."""
        return cls(Guesses.here())

    def judge(self, guesser: Guesser, told: str, token: Secret) -> bool:
        """Whether `told` is the token. Raises TooManyGuesses in place of saying that it is not, or of looking at it."""
        expected, counts = token.reveal(), self._guesses.counts
        mark = f"wrong {guesser.house} {digest(expected)} {told}"
        if counts.look(mark) is not None:
            again = counts.add(mark, 1, WINDOW_S)
            if again.number > MOST:
                raise TooManyGuesses(retry_after=again.ends_in_s)
            return False

        def is_right() -> bool:
            found = is_same(told, token)
            if not found:
                counts.note(mark, WINDOW_S)
            return found

        return self._guesses.judge(guesser, is_right, is_shut_by_all=not is_strong(expected))
