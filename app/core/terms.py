"""Terms: what an index of words stores of a listing and is asked for, in letters that every index leaves alone.

A full-text index has opinions of its own about signs, accents and alphabets. A term therefore consists of a-z, 0-9 and
characters of Unicode's private use area (one per UTF-8 byte of anything else), so that SQLite's FTS5 and PostgreSQL's
tsvector both take it for one word and nothing is lost. A term that belongs to a field begins with a mark of that field;
the words people search for have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from app.core.query import SearchQuery
from app.core.text import list_items, meaningful, words

BYTES = [chr(0xE000 + byte) for byte in range(256)]
# PostgreSQL refuses words of 2,046 bytes; words that differ only after this many characters count as one.
LONGEST = 600
JOINT = "\ue1ff"
ARTIST, LABEL, GENRE, STYLE, COUNTRY, FORMAT, CONDITION, SLEEVE_CONDITION, YEAR, CURRENCY, SOURCE = (
    chr(0xE101 + number) for number in range(11)
)


class Described(NamedTuple):
    """What of a listing and its release can be searched for."""

    source_id: int
    search_text: str  # as `searchable` makes it of artist, title, label and catalogue number
    format_tokens: str  # as the function of this name makes them
    artist: str | None
    label: str | None
    year: int | None
    condition: str | None
    sleeve_condition: str | None
    currency: str | None
    genres: str | None
    styles: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The terms of a question: all of `whole`, and a word that begins with `beginning`."""

    whole: tuple[str, ...]
    beginning: str | None

    @property
    def is_empty(self) -> bool:
        """Whether every listing answers."""
        return not self.whole and self.beginning is None


@lru_cache(maxsize=65536)
def term(word: str) -> str:
    """A word as an index stores it. Beginnings stay beginnings.

    >>> term("davis"), len(term("!!!")), term("a!").startswith("a")
    ('davis', 3, True)
    """
    if word.isascii() and word.isalnum():
        return word[:LONGEST]
    return "".join(_letters(word))[:LONGEST]


def terms_of(one: Described) -> list[str]:
    """Every term of a listing, each once."""
    found = [
        *map(term, one.search_text.split()),
        *_of_words(ARTIST, one.artist),
        *_of_words(LABEL, one.label),
        *_of_items(GENRE, one.genres),
        *_of_items(STYLE, one.styles),
        *_of_pieces(one.format_tokens),
        *_of_value(CONDITION, one.condition),
        *_of_value(SLEEVE_CONDITION, one.sleeve_condition),
        *_of_value(CURRENCY, one.currency),
        *_of_country(one.country),
        SOURCE + str(one.source_id),
    ]
    if one.year is not None:
        found.append(YEAR + str(one.year))
    return list(dict.fromkeys(found))


# A shop's artists, labels and genres repeat: most of it is found here.
@lru_cache(maxsize=16384)
def _of_words(mark: str, text: str | None) -> tuple[str, ...]:
    return tuple(mark + term(word) for word in words(text or ""))


@lru_cache(maxsize=4096)
def _of_items(mark: str, text: str | None) -> tuple[str, ...]:
    return tuple(mark + _phrase(item) for item in list_items(text))


@lru_cache(maxsize=4096)
def _of_pieces(tokens: str) -> tuple[str, ...]:
    return tuple(FORMAT + term(token) for token in tokens.split())


@lru_cache(maxsize=1024)
def _of_value(mark: str, value: str | None) -> tuple[str, ...]:
    return (mark + term(value.lower()),) if value else ()


@lru_cache(maxsize=1024)
def _of_country(country: str | None) -> tuple[str, ...]:
    return (COUNTRY + _phrase(meaningful(country)),) if country else ()


def wanted_of(query: SearchQuery) -> Wanted:
    """What the index is asked for: all of the question but its ranges and its seller."""
    *whole, last = query.words or (None,)
    return Wanted(tuple(dict.fromkeys(_wanted(query, whole))), None if last is None else term(last))


def _wanted(query: SearchQuery, whole: Iterable[str | None]) -> Iterator[str]:
    yield from (term(word) for word in whole if word is not None)
    yield from (ARTIST + term(word) for word in query.artist)
    yield from (LABEL + term(word) for word in query.label)
    yield from (FORMAT + term(token) for token in query.format)
    for mark, asked in ((GENRE, query.genre), (STYLE, query.style), (COUNTRY, query.country)):
        if asked:
            yield mark + _phrase(asked)
    if query.year is not None:
        yield YEAR + str(query.year)
    if query.condition is not None:
        yield CONDITION + term(query.condition.lower())
    if query.sleeve_condition is not None:
        yield SLEEVE_CONDITION + term(query.sleeve_condition.lower())
    if query.currency is not None:
        yield CURRENCY + term(query.currency)


def _phrase(item: Iterable[str]) -> str:
    return JOINT.join(map(term, item))[:LONGEST]


def _letters(word: str) -> Iterator[str]:
    for letter in word:
        if letter.isascii() and letter.isalnum():
            yield letter
        else:
            yield from (BYTES[byte] for byte in letter.encode("utf-8", "surrogatepass"))
