"""Questions about single rows that the pages did not show: is it gone, and why?"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from app.core.outcomes import RemovalReason


class Word(Enum):
    """What Discogs may say of a row besides why it is gone."""

    STILL_THERE = auto()
    NONE = auto()  # nothing that settles it: the second snapshot decides


class Absent(NamedTuple):
    """What the mirror knows of a row that the pages did not show; `reason` is why it left if it is gone."""

    reason: RemovalReason
    release_id: int


# Asks about the row with this key. Raises DiscogsAPIError when Discogs does not answer.
Ask = Callable[[int, Absent], RemovalReason | Word]
