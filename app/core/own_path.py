"""Where a visitor may be sent after logging in: to a page of ours, never to another site."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]{0,500}")  # no blank, no control character, no backslash


def own_path(asked: str | None, otherwise: str) -> str:
    r"""`asked` when it is a path of this shop, else `otherwise`.

    >>> own_path("/stats?x=1", "/")
    '/stats?x=1'
    >>> [own_path(asked, "/") for asked in ("//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil")]
    ['/', '/', '/', '/']
    """
    if asked is None or not _PATH.fullmatch(asked):
        return otherwise
    try:
        parts = urlsplit(asked)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else asked
