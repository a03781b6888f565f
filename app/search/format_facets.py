"""Formats counted as a filter finds them: each value asks for words, and counts every hit that has all of these."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from app.core.query import LONGEST_TEXT
from app.core.text import families_of, format_words
from app.search.refining import KEPT_FORMATS, format_parts

COUNT_BEFORE = re.compile(r"^\d+\s?x\s?", re.IGNORECASE)
BETWEEN_VALUES = re.compile(r",|\s\+\s")
Words = frozenset[str]


def counted_formats(texts: Mapping[str | None, int]) -> Counter[str]:
    """How many hits each value finds, of format texts and how many hits have them.

    Values that ask for the same words are one, in the spelling that most hits have.
    """
    told = {text: count for text, count in texts.items() if text}
    spellings: defaultdict[Words, Counter[str]] = defaultdict(Counter)
    for text, count in told.items():
        for value in format_values(text):
            spellings[_asked(value)][value] += count
    having = _texts_by_word(told)
    counts = Counter({_spelling(spelt): _count(asked, having, told) for asked, spelt in spellings.items()})
    return +counts  # a piece out of its text may be read otherwise, and then finds nothing


@lru_cache(maxsize=KEPT_FORMATS)
def format_values(text: str | None) -> tuple[str, ...]:
    """What a format filter may ask for: the families first, then the pieces of the text.

    >>> format_values('2xVinyl, LP, Album + CD')
    ('Vinyl', 'CD', 'LP', 'Album')
    """
    pieces = (COUNT_BEFORE.sub("", piece.strip()) for piece in BETWEEN_VALUES.split(text or ""))
    told = dict.fromkeys([*families_of(text or ""), *pieces])
    return tuple(value for value in told if len(value) <= LONGEST_TEXT and _asked(value))


@lru_cache(maxsize=KEPT_FORMATS)
def _asked(value: str) -> Words:
    return frozenset(format_words(value))


def _texts_by_word(texts: Iterable[str]) -> Mapping[str, list[str]]:
    having: defaultdict[str, list[str]] = defaultdict(list)
    for text in texts:
        for word in format_parts(text):
            having[word].append(text)
    return having


def _spelling(spelt: Counter[str]) -> str:
    return min(spelt, key=lambda value: (-spelt[value], len(value), value))


def _count(asked: Words, having: Mapping[str, list[str]], texts: Mapping[str, int]) -> int:
    rarest, *others = sorted((having[word] for word in asked), key=len)
    if not others:
        return sum(texts[text] for text in rarest)
    return sum(texts[text] for text in rarest if asked <= format_parts(text))
