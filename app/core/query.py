"""What a visitor asks of the shop: one set of parameters, read in one place, for answers of every form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from app.core.conditions import condition_of
from app.core.parsing import clean
from app.core.text import format_words, meaningful, words

Chosen = TypeVar("Chosen")
LONGEST_TEXT = 256
MOST_WORDS = 64
# No shop has more; a larger limit asks for the same, and every database can multiply it with a page number.
LARGEST_LIMIT = 1_000_000_000
LARGEST_PAGE = 1_000_000
DEFAULT_LIMIT = 50
# Of more hits the newest is as good an answer as any and costs nothing.
MOST_RANKED = 1000
# An accent of its own is a letter that folding takes out of every text: no listing has it.
UNFINDABLE = "\u0301"
SORTS = {
    "newest": "-posted",
    "oldest": "posted",
    "relevance": "relevance",
    **{
        f"{sign}{name}": f"{sign}{name}"
        for name in ("posted", "price", "artist", "title", "year")
        for sign in ("", "-")
    },
}


class BadQuery(ValueError):
    """Parameters nobody can answer; `problems` says what is wrong with each, by name."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {problem}" for name, problem in problems.items()))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """One question to the shop; every part narrows the answer. Empty and None ask for nothing.

    `words` are folded, all of them must occur, the last one as the beginning of a word. `limit` None means all.
    """

    words: tuple[str, ...] = ()
    artist: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    genre: tuple[str, ...] = ()
    style: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    format: tuple[str, ...] = ()
    year: int | None = None
    year_min: int | None = None
    year_max: int | None = None
    condition: str | None = None
    sleeve_condition: str | None = None
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    currency: str | None = None
    seller: str | None = None
    sort: str = "-posted"
    limit: int | None = None
    page: int = 1

    @property
    def offset(self) -> int:
        """How many hits come before the first one of the page."""
        return (self.page - 1) * (self.limit or 0)


def parse_query(arguments: Iterable[tuple[str, str]]) -> SearchQuery:
    """The question that the parameters of a request ask. Raises BadQuery with everything that is wrong."""
    found = read_arguments(arguments, PARAMETERS)
    if "page" in found:
        found.setdefault("limit", DEFAULT_LIMIT)
    return SearchQuery(**found)


def read_arguments(arguments: Iterable[tuple[str, str]], parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """What the parameters say, by field of a question. Of a repeated one the last counts, an empty one asks nothing,
    an unknown one is ignored. Raises BadQuery with everything that is wrong."""
    found: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, text in dict(arguments).items():
        if name not in parameters or not text.strip():
            continue
        try:
            found[FIELDS.get(name, name)] = parameters[name].read(clean(text))
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise BadQuery(problems)
    return found


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"must have at most {LONGEST_TEXT} characters")
    return text


def name_asked(text: str) -> str:
    """A name as names are compared."""
    return _text(text).strip().casefold()


def _words(text: str) -> tuple[str, ...]:
    """Folded words. Signs between words (`Davis - Blue`) are no words, unless there is nothing else (`!!!`).

    What folds to nothing at all finds nothing; it must not ask for everything.
    """
    found = words(_text(text))
    if len(found) > MOST_WORDS:
        raise ValueError(f"must have at most {MOST_WORDS} words")
    return meaningful(text) or (UNFINDABLE,)


def _formats(text: str) -> tuple[str, ...]:
    # A text of separators alone names no format; it must not ask for every one.
    return tuple(dict.fromkeys(format_words(_text(text)))) or (text.strip() or UNFINDABLE,)


def _condition(text: str) -> str:
    return condition_of(_text(text))


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Reads a whole number from `low` to `high`."""

    def read(text: str) -> int:
        digits = text.strip()
        if re.fullmatch(r"[0-9]{1,19}", digits) and low <= int(digits) <= high:
            return int(digits)
        raise ValueError(f"must be a whole number from {low} to {high}")

    return read


def _limit(text: str) -> int:
    digits = text.strip()
    if re.fullmatch(r"0*[1-9][0-9]*", digits) is None:
        raise ValueError("must be a whole number from 1")
    digits = digits.lstrip("0")
    return LARGEST_LIMIT if len(digits) > len(str(LARGEST_LIMIT)) else min(int(digits), LARGEST_LIMIT)


def _amount(text: str) -> Decimal:
    digits = text.strip()
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", digits):
        raise ValueError("must be an amount like 18.50")
    return Decimal(digits)


def one_of(choices: Mapping[str, Chosen]) -> Callable[[str], Chosen]:
    """Reads one of these words, in whatever case."""

    def read(text: str) -> Chosen:
        if (chosen := text.strip().casefold()) not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return choices[chosen]

    return read


@dataclass(frozen=True, slots=True)
class Parameter:
    """How one parameter is read, and what the documentation of the API says of it."""

    read: Callable[[str], Any]
    meaning: str
    schema: dict[str, Any]


_TEXT = {"type": "string", "maxLength": LONGEST_TEXT}
_YEAR = {"type": "integer", "minimum": 0, "maximum": 9999}
_AMOUNT = {"type": "string", "pattern": r"^\s*([0-9]{1,12}(\.[0-9]{1,9})?)?\s*$", "examples": ["18.50"]}
FIELDS = {"q": "words"}
PARAMETERS = {
    "q": Parameter(
        _words, "all words, in any order, the last one as a beginning; accents and case do not matter", _TEXT
    ),
    "artist": Parameter(_words, "all words of it occur in the artist", _TEXT),
    "label": Parameter(_words, "all words of it occur in the label", _TEXT),
    "genre": Parameter(_words, "a genre of the release, where it is known", _TEXT),
    "style": Parameter(_words, "a style of the release, where it is known", _TEXT),
    "format": Parameter(_formats, 'a format or a family of formats: `LP`, `12"`, `vinyl`, `cd`', _TEXT),
    "country": Parameter(_words, "the country of the release, where it is known", _TEXT),
    "year": Parameter(whole_number(0, 9999), "year of release", _YEAR),
    "year_min": Parameter(whole_number(0, 9999), "earliest year of release", _YEAR),
    "year_max": Parameter(whole_number(0, 9999), "latest year of release", _YEAR),
    "condition": Parameter(_condition, "media condition, in full or short: `Very Good Plus (VG+)`, `VG+`", _TEXT),
    "sleeve_condition": Parameter(_condition, "sleeve condition, in full or short", _TEXT),
    "price_min": Parameter(_amount, "lowest price, in the currency of each listing", _AMOUNT),
    "price_max": Parameter(_amount, "highest price, in the currency of each listing", _AMOUNT),
    "currency": Parameter(name_asked, "only listings priced in this currency", _TEXT),
    "seller": Parameter(name_asked, "only listings of this Discogs user", _TEXT),
    "sort": Parameter(
        one_of(SORTS),
        f"order of the answer; newest first when not given. `relevance`: what fits the words of `q` best, of up to "
        f"{MOST_RANKED:,} listings; more of them come newest first",
        {"type": "string", "enum": list(SORTS)},
    ),
    "limit": Parameter(
        _limit,
        "listings per page; without `limit` and `page` the answer is complete",
        {"type": "integer", "minimum": 1},
    ),
    "page": Parameter(
        whole_number(1, LARGEST_PAGE),
        f"page number, from 1; {DEFAULT_LIMIT} listings per page when no `limit` is given",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE},
    ),
}
