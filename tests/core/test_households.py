"""Whom an address stands for, and how little is kept of what visitors say they are."""

from __future__ import annotations

import pytest

from app.core import households
from app.core.households import household, is_of_the_internet


@pytest.mark.parametrize(
    ("address", "house", "is_public"),
    [
        ("::ffff:8.8.8.8", "8.8.8.8", True),
        ("fe80::1%eth0", "fe80::/64", False),
        ("2606:4700::1111", "2606:4700::/64", True),
        ("not an address", "not an address", False),
        (None, "", False),
    ],
)
def test_who_an_address_stands_for(address: str | None, house: str, is_public: bool) -> None:
    assert (household(address), is_of_the_internet(address)) == (house, is_public)


def test_of_what_visitors_say_no_more_is_kept_than_an_address_has() -> None:
    for kept in (households._household, households._is_of_the_internet):
        kept.cache_clear()
    for number in range(20):
        assert household("x" * 8000 + str(number)) == "x" * 64
        assert not is_of_the_internet("x" * 8000 + str(number))
    assert households._household.cache_info().currsize == households._is_of_the_internet.cache_info().currsize == 1
