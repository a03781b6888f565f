"""Text cells that no spreadsheet takes for a formula, and the way back."""

from __future__ import annotations

GUARD = "'"
# The apostrophe is among them so that removing exactly one guard always gives the original back.
TRIGGERS = frozenset({"=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠", GUARD})


def guard(text: str) -> str:
    """The text with a leading apostrophe where a spreadsheet would start to calculate.

    >>> guard("=1+1"), guard("Blue Train")
    ("'=1+1", 'Blue Train')
    """
    return GUARD + text if text[:1] in TRIGGERS else text


def unguard(text: str) -> str:
    """What `guard` was given; text from elsewhere that merely starts with an apostrophe is left alone.

    >>> unguard("'=1+1"), unguard("'Round Midnight")
    ('=1+1', "'Round Midnight")
    """
    return text[1:] if text.startswith(GUARD) and text[1:2] in TRIGGERS else text
