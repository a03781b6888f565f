"""Text from outside, made fit to be quoted in a message, a log line or the row of a run."""

from __future__ import annotations

import re

# Control characters, line ends of every kind, halves of surrogate pairs, and what turns the direction of writing.
_UNFIT = re.compile("[\x00-\x20\x7f-\xa0\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
MOST = 200


def quoted(text: str, most: int = MOST) -> str:
    """One line of at most `most` characters, of which none acts on a terminal or a page.

    >>> quoted("no such\\r\\n2026-03-01 [INFO] all is well")
    'no such 2026-03-01 [INFO] all is well'
    >>> quoted("abcdef", 4)
    'abc…'
    """
    line = _UNFIT.sub(" ", text[: 4 * most]).strip()
    return line if len(line) <= most else f"{line[: most - 1]}…"


def is_name(text: str) -> bool:
    """Whether the text can be somebody's user name: short, without blanks around it, all of it visible.

    >>> is_name("waxandco"), is_name("wax\\nco"), is_name(" wax"), is_name("x" * 101)
    (True, False, False, False)
    """
    return 0 < len(text) <= 100 and text == text.strip() and text.isprintable() and text == quoted(text)
