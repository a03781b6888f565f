"""Folding."""

from __future__ import annotations

import doctest

from hypothesis import assume, given
from hypothesis import strategies as st

from app.core import spelling, text
from app.core.text import words, written


def test_the_examples_are_true() -> None:
    assert doctest.testmod(text).failed == 0
    assert doctest.testmod(spelling).failed == 0


@given(st.text())
def test_what_is_written_asks_for_the_same_words(typed: str) -> None:
    folded = words(typed)
    assume(words(" ".join(folded)) == folded)  # of some letters of mathematics the small ones are others
    assert words(written(folded)) == folded
