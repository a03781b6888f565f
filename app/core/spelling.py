"""Spelling: what somebody who mistyped a word may have meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_lowercase

SHORTEST = 4
LONGEST = 40
# One digit that stands between letters is a slip of the finger; any other is the number of something.
DIGIT_BETWEEN_LETTERS = re.compile(r"[a-z]+[0-9][a-z]+", re.ASCII)


def can_be_mistyped(word: str) -> bool:
    """Whether a correction could be right: not of short words, numbers and catalogue numbers.

    >>> [can_be_mistyped(word) for word in ("beatels", "bea7les", "abba", "can", "sd19129", "u2", "warp1", "1967")]
    [True, True, True, False, False, False, False, False]
    """
    if not (SHORTEST <= len(word) <= LONGEST and word.isascii()):
        return False
    return word.isalpha() or (len(word) > SHORTEST and DIGIT_BETWEEN_LETTERS.fullmatch(word) is not None)


def near(word: str) -> frozenset[str]:
    """Everything of letters alone that is one slip away: a letter left out, put in, exchanged, or two swapped; the word
    itself is not.

    >>> {"beatles", "betle"} <= near("betles"), "beatles" in near("bea7les")
    (True, True)
    """
    return frozenset(filter(str.isalpha, _slips(word))) - {word}


def _slips(word: str) -> Iterator[str]:
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in ascii_lowercase)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        yield from (head + letter + tail for letter in ascii_lowercase)
