"""Listings as JSON."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from app.formats.json_listing import json_array, json_bytes
from app.formats.shop_listing import primary_format, primary_name


@pytest.mark.parametrize("digits", ["18.50", "0.01", "1850", "0.10", "99999999999.99", "1E+2"])
def test_a_price_keeps_its_own_digits(digits: str) -> None:
    assert json.loads(json_bytes({"price": Decimal(digits)}), parse_float=Decimal)["price"] == Decimal(digits)
    assert b"E" not in json_bytes(Decimal(digits))


def test_what_json_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError):
        json_bytes({"price": object()})


@pytest.mark.parametrize("sizes", [[], [0], [1], [2, 0, 3]])
def test_batches_become_one_array(sizes: list[int]) -> None:
    batches = [[{"n": number} for number in range(size)] for size in sizes]
    text = b"".join(json_array([[json_bytes(item) for item in batch] for batch in batches]))
    assert json.loads(text) == [item for batch in batches for item in batch]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Columbia, Columbia", "Columbia"),
        ("Earth, Wind & Fire", "Earth, Wind & Fire"),
        ("Miles Davis", "Miles Davis"),
        ("A, A, B", "A, A, B"),
        (None, None),
        ("", ""),
    ],
)
def test_only_a_repeated_name_is_taken_apart(text: str | None, name: str | None) -> None:
    assert primary_name(text) == name


@pytest.mark.parametrize(
    ("text", "name"), [("LP, Album", "LP"), ("2xLP, Comp", "LP"), ('7"', '7"'), ("CD", "CD"), (None, None), ("", None)]
)
def test_the_first_format_without_its_count(text: str | None, name: str | None) -> None:
    assert primary_format(text) == name
