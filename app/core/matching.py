"""Whether what a search found is what was looked for. Rather none than a wrong one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from app.core.text import meaningful

ENOUGH = 0.9
SAME, NEARLY, EDITION, FAR = 1.0, 0.97, 0.92, 0.8
# A release says less about itself than about its record: these words in brackets, or behind a dash, make no other one.
_EDITION_WORDS = """
remaster remastered remasters reissue reissued deluxe edition editions expanded anniversary version bonus
special collector collectors mono stereo digital digitally original super legacy complete explicit lp album
"""
# Beside one of those; alone they may be the name of another record: "(2)", "(1984)", "(21st)".
_BESIDE_EDITION = re.compile(r"track|tracks|s|the|and|with|year|(?:19|20)\d\d|\d{1,3}(?:st|nd|rd|th)")
# An edition that holds something else, whatever its name begins with.
_OTHER_WORDS = """
live tribute karaoke instrumental instrumentals remix remixes remixed demo demos cover covers sampler acoustic
unplugged session sessions soundtrack interview
"""
SAME_WORDS = {"and": "", "the": "", "feat": "", "featuring": "", "ft": "", "vs": "", "with": ""}
EDITION_WORDS, OTHER_WORDS = frozenset(_EDITION_WORDS.split()), frozenset(_OTHER_WORDS.split())
_TAIL = re.compile(
    r"^(?P<title>.+?)\s*(?:\((?P<round>[^()]*)\)|\[(?P<square>[^\[\]]*)\]|\s[-–—]\s(?P<dashed>[^-–—()\[\]]+))$"
)
VARIOUS = ("various", "various artists", "v a", "va")


def album_score(artist: str | None, title: str | None, told_artists: Sequence[str], told_title: str) -> float:
    """How well an album that was found is the one looked for, 0 to 1; from ENOUGH on it is.

    >>> album_score("Miles Davis", "Kind Of Blue", ["Miles Davis"], "Kind of Blue (Remastered 1997)") >= ENOUGH
    True
    >>> album_score("Miles Davis", "Kind Of Blue", ["Miles Davis"], "Kind of Blue (Live)") >= ENOUGH
    False
    """
    if not artist or not title:
        return 0.0
    return round(min(artist_score(artist, told_artists), title_score(title, told_title)), 3)


def artist_score(artist: str, told: Sequence[str]) -> float:
    """How well the artists that were found are the one looked for, alone or together."""
    wanted = _core(artist)
    if not wanted or not told:
        return 0.0
    if " ".join(meaningful(artist)) in VARIOUS:
        return SAME if any(" ".join(meaningful(name)) in VARIOUS for name in told) else 0.0
    together = _core(" ".join(told))
    if wanted == together or sorted(wanted) == sorted(together):
        return SAME
    if "".join(wanted) == "".join(together) or wanted == _core(told[0]):
        return NEARLY
    return FAR * SequenceMatcher(None, " ".join(wanted), " ".join(together)).ratio()


def title_score(title: str, told: str) -> float:
    """How well a title that was found is the one looked for."""
    wanted = _words(title)
    best = max(_compared(wanted, each, penalty) for each, penalty in _readings(told))
    if best < ENOUGH:
        # What we look for may be the edition, and what was found the plain title.
        best = max(best, *(_compared(each, _words(told), penalty) for each, penalty in _readings(title)))
    return best


def _compared(wanted: tuple[str, ...], told: tuple[str, ...], best: float) -> float:
    if not wanted or not told:
        return 0.0
    if wanted == told:
        return best
    if "".join(wanted) == "".join(told):
        return min(best, NEARLY)
    return FAR * SequenceMatcher(None, " ".join(wanted), " ".join(told)).ratio()


def _readings(title: str) -> list[tuple[tuple[str, ...], float]]:
    """The title as it stands, and without what names its edition."""
    found = [(_words(title), SAME)]
    rest = title.strip()
    while (parts := _TAIL.match(rest)) is not None:
        tail = meaningful(parts["round"] or parts["square"] or parts["dashed"] or "")
        if not _is_edition(tail):
            break
        rest = parts["title"]
        found.append((_words(rest), EDITION))
    return found


def _is_edition(tail: Sequence[str]) -> bool:
    if any(word in OTHER_WORDS for word in tail):
        return False
    if not any(word in EDITION_WORDS for word in tail):
        return False
    return all(word in EDITION_WORDS or _BESIDE_EDITION.fullmatch(word) for word in tail)


def _core(name: str) -> tuple[str, ...]:
    """The words of a name without those that only join."""
    found = meaningful(name)
    return tuple(word for word in found if SAME_WORDS.get(word, word)) or found


def _words(title: str) -> tuple[str, ...]:
    return tuple("and" if word == "&" else word for word in meaningful(title.replace("&", " and ")))
