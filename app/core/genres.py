"""Lists of genres and styles as they are stored: joined by a comma and a space."""

from __future__ import annotations

import re
from functools import lru_cache

# The one genre of Discogs' fifteen that is written with commas.
GENRE = re.compile(r"\s*(Folk, World, & Country|[^,]+)")


@lru_cache(maxsize=4096)
def genre_values(text: str | None) -> tuple[str, ...]:
    """The genres of a list.

    >>> genre_values("Rock, Folk, World, & Country")
    ('Rock', 'Folk, World, & Country')
    """
    return tuple(dict.fromkeys(found.strip() for found in GENRE.findall(text or "") if found.strip()))


@lru_cache(maxsize=4096)
def listed_values(text: str | None) -> tuple[str, ...]:
    """The items of a list none of which holds a comma.

    >>> listed_values("Prog Rock, Fusion")
    ('Prog Rock', 'Fusion')
    """
    return tuple(dict.fromkeys(piece.strip() for piece in (text or "").split(",") if piece.strip()))
