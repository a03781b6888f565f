"""Formula-safe CSV cells and the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.csv_cells import TRIGGERS, guard, unguard

texts = st.one_of(st.text(), st.tuples(st.sampled_from(sorted(TRIGGERS)), st.text()).map("".join))


@given(texts)
def test_unguard_undoes_guard(text: str) -> None:
    assert unguard(guard(text)) == text


@given(texts)
def test_no_guarded_text_starts_a_formula(text: str) -> None:
    assert not guard(text).startswith(tuple(set(TRIGGERS) - {"'"}))


@pytest.mark.parametrize(
    "text", ["=1+1", "+49", "-5", "@SUM(A1)", "\t=1", "\r=1", "\0", "＝1", "－1", "'Round Midnight"]
)
def test_a_text_that_looks_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Blue Train", '12"', " =1", "'Round Midnight"])
def test_a_text_of_another_program_is_read_as_it_stands(text: str) -> None:
    assert unguard(text) == text
