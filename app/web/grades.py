"""The Goldmine grades, explained to people who buy their first record."""

from __future__ import annotations

from typing import NamedTuple


class Grade(NamedTuple):
    """`rank` is 8 for the best and 1 for the worst of the eight steps; None where there is no step."""

    short: str
    words: str
    rank: int | None


GRADES = {
    "Mint (M)": Grade("M", "Perfect in every way, never played.", 8),
    "Near Mint (NM or M-)": Grade("NM", "Nearly perfect. Played a few times at most, and nothing shows it.", 7),
    "Very Good Plus (VG+)": Grade("VG+", "Lightly played and well cared for. Faint marks that you will not hear.", 6),
    "Very Good (VG)": Grade("VG", "Played and enjoyed. Light noise between songs, marks you can see.", 5),
    "Good Plus (G+)": Grade("G+", "Plays through without skipping. Noise all along, clear signs of wear.", 4),
    "Good (G)": Grade("G", "Plays through without skipping, with a lot of noise and visible wear.", 3),
    "Fair (F)": Grade("F", "Badly worn. It may skip or repeat.", 2),
    "Poor (P)": Grade("P", "Cracked, warped or beyond playing. For the sleeve or for completeness.", 1),
    "Generic": Grade("Generic", "A plain sleeve, as this release was sold.", None),
    "Not Graded": Grade("Not graded", "The seller has not judged it. Ask before you buy.", None),
    "No Cover": Grade("No cover", "Comes without its sleeve.", None),
}
