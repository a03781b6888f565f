"""Text from outside that is quoted in messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.outcomes import Reason
from app.core.quoting import is_name, quoted
from app.errors import DiscogsAuthenticationError, DiscogsResponseError

UNFIT = ["\x00", "\n", "\r\n", "\x1b[31m", "\u2028", "\u202e", "\u200b", "\ud800", "\x85", "\ufeff"]


@pytest.mark.parametrize("unfit", UNFIT)
def test_what_acts_on_a_terminal_or_breaks_a_line_is_gone(unfit: str) -> None:
    line = quoted(f"no such{unfit}[INFO] all is well")
    assert line in {"no such [INFO] all is well", "no such [31m[INFO] all is well"}


@given(st.text(alphabet=st.characters(codec=None), max_size=2000), st.integers(1, 300))
def test_it_is_one_short_line_that_any_database_takes(text: str, most: int) -> None:
    line = quoted(text, most)
    assert len(line) <= most
    assert len(line.splitlines()) <= 1
    line.encode()


def test_a_text_that_is_fit_stays_as_it_is() -> None:
    assert quoted("Sigur Rós – ( ) „Ágætis byrjun“ 12″") == "Sigur Rós – ( ) „Ágætis byrjun“ 12″"


def test_errors_about_discogs_quote_it_so() -> None:
    error = DiscogsResponseError(Reason.HTTP_5XX, detail="oops\n2026-03-01 [INFO] Sync completed\x1b[2J" + "x" * 999)
    assert "\n" not in str(error)
    assert "\x1b" not in str(error)
    assert len(error.detail) == 200
    assert DiscogsAuthenticationError(Reason.AUTH_FORBIDDEN, detail="belongs to a\nb").detail == "belongs to a b"


@pytest.mark.parametrize("name", ["waxandco", "Wax-and_Co.99", "Žižkov", "x" * 100])
def test_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", " wax", "wax ", "wax\nco", "wax\u202eoc", "wax\x00", "\ud800", "x" * 101])
def test_no_names(name: str) -> None:
    assert not is_name(name)
