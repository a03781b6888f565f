"""Where a filter set to a value finds other texts than those with that value: it compares words, so that `Bexley` is
found in more credits than its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any, NamedTuple, Protocol

from app.core.genres import genre_values, listed_values
from app.core.parsing import clean
from app.core.query import PARAMETERS
from app.core.text import MOST_ITEMS, meaningful, words

Split = Callable[[Any], Iterable[Any]]
Phrase = tuple[str, ...]


class Difference(NamedTuple):
    """The numbers of texts that are found besides those with the value, and of those that are not found."""

    besides: Sequence[int] = ()
    missed: Sequence[int] = ()


NONE = Difference()


class FilteredTexts(Protocol):
    """The texts of a column in one state of the shop."""

    def difference(self, value: Any) -> Difference | None:
        """What a filter set to a value finds otherwise; None for a value that nobody can ask for."""


class Exact:
    """Of fields that are compared as wholes, or counted as their filter compares them."""

    def difference(self, value: Any) -> Difference:
        return NONE


class TextsOfPieces:
    """A text is found that has all pieces asked for. What a value finds is looked for once."""

    def __init__(
        self, parameter: str, texts: Sequence[Any], split: Split, pieces: Callable[[str], Iterable[Hashable]]
    ) -> None:
        self._parameter = parameter
        self._texts = texts
        self._split = split
        self._pieces = pieces
        self._known: dict[Any, Difference | None] = {}

    def difference(self, value: Any) -> Difference | None:
        if value not in self._known:
            self._known[value] = self._compared(value)
        return self._known[value]

    def _compared(self, value: Any) -> Difference | None:
        if (asked := _asked(self._parameter, value)) is None:
            return None
        fewest, *others = sorted((self._with_piece.get(piece, ()) for piece in asked), key=len)
        found = set(fewest).intersection(*others)
        differing = found.symmetric_difference(self._with_value[value])
        return Difference(tuple(differing & found), tuple(differing - found)) if differing else NONE

    @cached_property
    def _with_piece(self) -> Mapping[Hashable, Sequence[int]]:
        return _numbers(self._texts, self._pieces)

    @cached_property
    def _with_value(self) -> Mapping[Any, Sequence[int]]:
        return _numbers(self._texts, self._split)


class TextsOfLists:
    """Lists of genres or styles: a phrase is found that some items make up together, so that a filter finds `Acid
    House` in `Acid, House`, too."""

    def __init__(self, parameter: str, texts: Sequence[Any], split: Split) -> None:
        self._parameter = parameter
        self._texts = texts
        self._split = split

    def difference(self, value: Any) -> Difference | None:
        if _asked(self._parameter, value) is None:
            return None
        besides = self._besides.get(value)
        return NONE if besides is None else Difference(besides)

    @cached_property
    def _besides(self) -> Mapping[Any, Sequence[int]]:
        values: defaultdict[Phrase, set[Any]] = defaultdict(set)
        for text in filter(None, self._texts):
            for value in self._split(text):
                values[_phrase(value)].add(value)
        return _numbers(self._texts, lambda text: self._otherwise(text, values))

    def _otherwise(self, text: str, values: Mapping[Phrase, set[Any]]) -> Iterator[Any]:
        """The values that are found in a text without being in it."""
        own = self._split(text)
        for run in _runs(text):
            if run in values:
                yield from values[run].difference(own)


def filtered(field: str, texts: Sequence[Any]) -> FilteredTexts:
    """The texts of a field, as its filter looks at them."""
    match field:
        case "artists":
            return TextsOfPieces("artist", texts, _whole, words)
        case "labels":
            return TextsOfPieces("label", texts, listed_values, words)
        case "countries":
            return TextsOfPieces("country", texts, _whole, _phrases)
        case "genres":
            return TextsOfLists("genre", texts, genre_values)
        case "styles":
            return TextsOfLists("style", texts, listed_values)
    return Exact()


def _whole(text: str) -> Iterable[str]:
    return [text]


def _phrases(text: str) -> Iterable[Hashable]:
    return [meaningful(text)]


@lru_cache(maxsize=16384)
def _asked(parameter: str, value: str) -> Sequence[Hashable] | None:
    """The pieces that a filter asks for."""
    try:
        asked: Phrase = PARAMETERS[parameter].read(clean(value)) if value.strip() else ()
    except ValueError:  # longer than any question
        return None
    if not asked:
        return None
    return [asked] if parameter == "country" else asked


def _numbers(texts: Iterable[Any], take: Callable[[Any], Iterable[Hashable]]) -> Mapping[Hashable, Sequence[int]]:
    """In which texts is what is taken out of them."""
    found: defaultdict[Hashable, list[int]] = defaultdict(list)
    for number, text in enumerate(texts):
        if text:
            for taken in dict.fromkeys(take(text)):
                found[taken].append(number)
    return dict(found)


_phrase = lru_cache(maxsize=16384)(meaningful)


def _runs(text: str) -> Iterator[Phrase]:
    """What `list_items` says, for many texts of few items."""
    items = [item for part in text.split(",") if (item := _phrase(part))][:MOST_ITEMS]
    for start in range(len(items)):
        yield from accumulate(items[start:])
