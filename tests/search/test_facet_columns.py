"""The columns that facets are counted from."""

from __future__ import annotations

from hashlib import blake2b
from io import BytesIO

import pytest

from app.search.facet_columns import FacetColumns

ROWS = [
    # artist, label, format, year, condition, sleeve, genres, styles, country, currency, minor
    ("Björk", "Warp", "LP", 1993, "Mint (M)", None, "Rock, Pop", None, "UK", "EUR", 1850),
    ("Björk", None, "CD", None, "Mint (M)", None, None, None, None, "JPY", 1200),
    ("!!!", "Warp", "LP", 2007, None, None, "Rock", None, None, None, None),
]


def kept() -> bytes:
    return b"".join(FacetColumns.of([ROWS[:2], [], ROWS[2:]]).pieces())


def test_a_file_gives_the_same_counts() -> None:
    columns = FacetColumns.read(BytesIO(kept()))
    assert columns.count() == FacetColumns.of([ROWS]).count()
    assert columns.count([2, 0]) == FacetColumns.of([[ROWS[0], ROWS[2]]]).count()
    assert columns.count([2, 0])["genres"] == [{"value": "Rock", "count": 2}, {"value": "Pop", "count": 1}]
    assert columns.count([1])["prices"][0]["currency"] == "JPY"
    assert columns.count([])["total"] == 0


def test_nothing_is_made_of_an_empty_shop() -> None:
    columns = FacetColumns.of([])
    assert FacetColumns.read(BytesIO(b"".join(columns.pieces()))).count() == columns.count()
    assert columns.count()["total"] == 0


@pytest.mark.parametrize("size", [0, 10, 100, -1])
def test_half_a_file_is_refused(size: int) -> None:
    with pytest.raises(ValueError):
        FacetColumns.read(BytesIO(kept()[:size]))


@pytest.mark.parametrize("at", [0, 40, 60, -1, -60, -120])
def test_a_damaged_file_is_refused(at: int) -> None:
    damaged = bytearray(kept())
    damaged[at] ^= 0x11
    with pytest.raises(ValueError):
        FacetColumns.read(BytesIO(damaged))


def test_a_file_of_another_making_is_refused() -> None:
    whole = kept().partition(b"\n")[2].replace(b"[2,", b"[1,", 1)
    seal = blake2b(whole, digest_size=16).hexdigest().encode()
    with pytest.raises(ValueError, match="another making"):
        FacetColumns.read(BytesIO(seal + b"\n" + whole))
