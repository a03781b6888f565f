"""Spelling: what somebody who mistyped a word may have meant."""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_lowercase

SHORTEST = 4
LONGEST = 40


def can_be_mistyped(word: str) -> bool:
    """Whether a correction could be right: not of short words, numbers and catalogue numbers."""
    return SHORTEST <= len(word) <= LONGEST and word.isascii() and word.isalpha()


def near(word: str) -> frozenset[str]:
    """Everything one slip away: a letter left out, put in, exchanged, or two swapped; the word itself is not.

    >>> {"beatles", "betle"} <= near("betles")
    True
    """
    return frozenset(_slips(word)) - {word}


def _slips(word: str) -> Iterator[str]:
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in ascii_lowercase)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        yield from (head + letter + tail for letter in ascii_lowercase)
