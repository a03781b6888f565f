"""Folding: one way to make text comparable, used for both databases so that their answers agree."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

# Letters that NFKD does not take apart.
LETTERS = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})
# A run of letters and digits, or a token of signs alone.
WORD = re.compile(r"[^\W_]+|(?<!\S)(?:[^\w\s]|_)+(?!\S)")
INCH = re.compile(r"(\d+)\s*(?:\"|”|″|''|-?\s*inch(?:es)?|in\b)", re.IGNORECASE)
# More than any release has; the number of their combinations grows with the square.
MOST_ITEMS = 30
COUNTED = re.compile(r"^\d+x(.+)$")

FAMILIES = {
    "vinyl": frozenset(
        {
            "lp",
            '12"',
            '10"',
            '7"',
            "vinyl",
            '16"',
            '11"',
            '9"',
            '8"',
            '6"',
            '5"',
            "shellac",
            "flexi",
            "acetate",
            "lathe",
        }
    ),
    "cd": frozenset({"cd", "cdr", "cdv", "sacd", "hdcd", "minicd"}),
    "cassette": frozenset({"cass", "cassette", "k7"}),
    "lp": frozenset({"lp"}),
}


def fold(text: str) -> str:
    """Lower case, without accents, compatibility forms resolved.

    >>> fold("BJÖRK – Début")
    'bjork – debut'
    """
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return bare.translate(LETTERS)


def words(text: str) -> list[str]:
    """The folded words of a text. A token of signs only is a word of its own, so that `!!!` can be found.

    >>> words('AC/DC 12" !!!')
    ['ac', 'dc', '12', '!!!']
    """
    return WORD.findall(fold(text))


def searchable(*texts: str | None) -> str:
    """Folded words between spaces, so that ` word ` matches a whole word and ` wor` its beginning."""
    return f" {' '.join(words(' '.join(filter(None, texts))))} "


def meaningful(text: str) -> tuple[str, ...]:
    """The folded words of a text without its signs, unless there is nothing else."""
    found = words(text)
    return tuple(word for word in found if any(sign.isalnum() for sign in word)) or tuple(found)


def written(folded: Iterable[str]) -> str:
    """Folded words as people read them: folding takes syllables apart that nobody writes so.

    >>> words(written(words("음악 Beatles"))) == words("음악 Beatles"), written(words("음악 Beatles"))
    (True, '음악 beatles')
    """
    return unicodedata.normalize("NFC", " ".join(folded))


@lru_cache(maxsize=4096)
def list_items(text: str | None) -> frozenset[tuple[str, ...]]:
    """The folded items of a list like `Rock, Folk, World, & Country`, where an item may hold commas itself."""
    pieces = [piece for part in (text or "").split(",") if (piece := meaningful(part))]
    return frozenset(_runs(pieces[:MOST_ITEMS]))


def _runs(pieces: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for start in range(len(pieces)):
        for end in range(start + 1, len(pieces) + 1):
            yield tuple(word for piece in pieces[start:end] for word in piece)


def format_words(text: str) -> list[str]:
    """The folded pieces of a Discogs format text, inches written one way.

    >>> format_words('2xLP, Album, 12 inch')
    ['2xlp', 'lp', 'album', '12"']
    """
    pieces = []
    for piece in re.split(r"[,+;/\s]+", INCH.sub(r'\1"', fold(text))):
        if not piece:
            continue
        pieces.append(piece)
        if counted := COUNTED.match(piece):
            pieces.append(counted.group(1))
    return pieces


FAMILY_NAMES = {"vinyl": "Vinyl", "cd": "CD", "cassette": "Cassette"}


def families_of(text: str) -> list[str]:
    """The families of media a Discogs format text belongs to.

    >>> families_of('LP, Album, CD')
    ['Vinyl', 'CD']
    """
    pieces = set(format_words(text))
    return [shown for name, shown in FAMILY_NAMES.items() if name in pieces or FAMILIES[name] & pieces]


@lru_cache(maxsize=4096)
def format_tokens(text: str | None) -> str:
    """What a format filter may ask for: the pieces of the text and the families they belong to, between spaces.

    >>> format_tokens('2xLP, Album')
    ' 2xlp lp album vinyl '
    """
    pieces = format_words(text or "")
    families = [name for name, members in FAMILIES.items() if name not in pieces and members & set(pieces)]
    return f" {' '.join(dict.fromkeys([*pieces, *families]))} "
