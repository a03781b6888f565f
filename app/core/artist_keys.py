"""One key for one artist, however the name is spelt."""

from __future__ import annotations

import re
from functools import lru_cache

from app.core.text import meaningful

LONGEST = 200
_NUMBERED = re.compile(r" \(\d+\)$")


@lru_cache(maxsize=16_384)  # as many artists as a large shop has
def artist_key(name: str | None) -> str | None:
    """The folded name, without the number that tells namesakes apart; None for no name at all.

    >>> artist_key("Björk"), artist_key("BJORK (2)"), artist_key("!!!"), artist_key("")
    ('bjork', 'bjork', '!!!', None)
    """
    return " ".join(meaningful(_NUMBERED.sub("", name)))[:LONGEST] or None if name else None
