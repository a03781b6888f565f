"""Folding: one way to make text comparable, used for both databases so that their answers agree."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters that NFKD does not take apart.
LETTERS = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})
WORD = re.compile(r"[^\W_]+")
INCH = re.compile(r"(\d+)\s*(?:\"|”|″|''|-?\s*inch(?:es)?|in\b)", re.IGNORECASE)
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


@lru_cache(maxsize=8192)
def _folded_words(text: str) -> str:
    """The words of a text between single spaces; names and labels of a shop repeat, so do their words."""
    return " ".join(words(text))


def words(text: str) -> list[str]:
    """The folded words of a text. A token of signs only is a word of its own, so that `!!!` can be found.

    >>> words('AC/DC 12" !!!')
    ['ac', 'dc', '12', '!!!']
    """
    found: list[str] = []
    for token in fold(text).split():
        parts = WORD.findall(token)
        found.extend(parts or [token])
    return found


def searchable(*texts: str | None) -> str:
    """Folded words between spaces, so that ` word ` matches a whole word and ` wor` its beginning."""
    return f" {' '.join(found for text in texts if text and (found := _folded_words(text)))} "


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


@lru_cache(maxsize=4096)
def format_tokens(text: str | None) -> str:
    """What a format filter may ask for: the pieces of the text and the families they belong to, between spaces.

    >>> format_tokens('2xLP, Album')
    ' 2xlp lp album vinyl '
    """
    pieces = format_words(text or "")
    families = [name for name, members in FAMILIES.items() if name not in pieces and members & set(pieces)]
    return f" {' '.join(dict.fromkeys([*pieces, *families]))} "
