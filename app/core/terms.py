"""Terms: what an index of words stores of a listing and is asked for, in letters that every index leaves alone.

A full-text index has opinions of its own about signs, accents and alphabets. A term therefore consists of a-z, 0-9 and
characters of Unicode's private use area (one per UTF-8 byte of anything else), so that SQLite's FTS5 and PostgreSQL's
tsvector both take it for one word and nothing is lost. A term that belongs to a field begins with a mark of that field;
the words people search for have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from app.core.query import SearchQuery
from app.core.text import format_tokens, list_items, meaningful, searchable, words

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
    artist: str | None
    title: str | None
    label: str | None
    catalog_number: str | None
    format: str | None
    year: int | None
    condition: str | None
    sleeve_condition: str | None
    currency: str | None
    genres: str | None
    styles: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The terms of a question: all of `whole`, a word that begins with `beginning`, and one of `any_of` unless None."""

    whole: tuple[str, ...]
    beginning: str | None
    any_of: tuple[str, ...] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every listing answers."""
        return not self.whole and self.beginning is None and self.any_of is None


def term(word: str) -> str:
    """A word as an index stores it. Beginnings stay beginnings.

    >>> term("davis"), len(term("!!!")), term("a!").startswith("a")
    ('davis', 3, True)
    """
    if word.isascii() and word.isalnum():
        return word[:LONGEST]
    return "".join(_letters(word))[:LONGEST]


def terms_of(described: Described) -> list[str]:
    """Every term of a listing, each once."""
    return list(dict.fromkeys(_terms(described)))


def _terms(one: Described) -> Iterator[str]:
    yield from map(term, searchable(one.artist, one.title, one.label, one.catalog_number).split())
    yield from (ARTIST + term(word) for word in words(one.artist or ""))
    yield from (LABEL + term(word) for word in words(one.label or ""))
    yield from (GENRE + _phrase(item) for item in list_items(one.genres))
    yield from (STYLE + _phrase(item) for item in list_items(one.styles))
    yield from (FORMAT + term(token) for token in format_tokens(one.format).split())
    yield SOURCE + str(one.source_id)
    if one.country:
        yield COUNTRY + _phrase(meaningful(one.country))
    if one.year is not None:
        yield YEAR + str(one.year)
    if one.condition:
        yield CONDITION + term(one.condition.lower())
    if one.sleeve_condition:
        yield SLEEVE_CONDITION + term(one.sleeve_condition.lower())
    if one.currency:
        yield CURRENCY + term(one.currency.casefold())


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
