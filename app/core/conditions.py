"""Media and sleeve conditions: the exact texts Discogs uses, and the short forms people type."""

from __future__ import annotations

import re

CONDITIONS = (
    "Mint (M)",
    "Near Mint (NM or M-)",
    "Very Good Plus (VG+)",
    "Very Good (VG)",
    "Good Plus (G+)",
    "Good (G)",
    "Fair (F)",
    "Poor (P)",
    "Generic",
    "Not Graded",
    "No Cover",
)


def _spellings(condition: str) -> list[str]:
    name, _, short = condition.partition(" (")
    return [spelling.casefold() for spelling in (condition, name, *short.rstrip(")").split(" or ")) if spelling]


SPELLINGS = {spelling: condition for condition in CONDITIONS for spelling in _spellings(condition)}
# In an address an unescaped plus arrives as a space.
LOST_PLUS = re.compile(r"(?<=[a-z]) (?=\)?$)")


def condition_of(text: str) -> str:
    """The condition a text stands for, in Discogs' own words; an unknown text is returned as it is.

    >>> condition_of("vg+"), condition_of("nm"), condition_of("VG "), condition_of("Played")
    ('Very Good Plus (VG+)', 'Near Mint (NM or M-)', 'Very Good Plus (VG+)', 'Played')
    """
    folded = text.lstrip().casefold()
    for spelling in (LOST_PLUS.sub("+", folded), folded.rstrip()):
        if spelling in SPELLINGS:
            return SPELLINGS[spelling]
    return text.strip()
