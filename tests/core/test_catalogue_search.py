"""Results of the catalogue's search, read."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.catalogue_search import parse_found
from app.core.parsing import DISCOGS_IMAGES, Unreadable


def row(**changes: Any) -> dict[str, Any]:
    told = {
        "id": 987001,
        "type": "release",
        "master_id": 0,
        "title": "The Examples - Example Days",
        "country": "UK",
        "year": "1979",
        "format": ["Vinyl", "LP", "Album"],
        "label": ["Sample Records", "Some Pressing Plant"],
        "genre": ["Rock"],
        "style": ["Prog Rock"],
        "catno": "SR 001",
        "thumb": "https://i.discogs.com/x/150.jpg",
    }
    return {**told, **changes}


def test_everything_it_tells() -> None:
    found = parse_found(row(), DISCOGS_IMAGES)
    assert (found.release_id, found.artist, found.title, found.year) == (987001, "The Examples", "Example Days", 1979)
    assert (found.formats, found.thumb) == (("Vinyl", "LP", "Album"), "https://i.discogs.com/x/150.jpg")
    assert (found.master_id, found.catalog_number, found.country) == (None, "SR 001", "UK")


@pytest.mark.parametrize("year", ["", "0", "19xx", None, "²", "99999", "1" * 5000])
def test_a_year_that_is_none_is_unknown(year: object) -> None:
    assert parse_found(row(year=year), DISCOGS_IMAGES).year is None


@pytest.mark.parametrize("thumb", ["", None, 7, "javascript:alert(1)", "https://evil.example/x.jpg"])
def test_pictures_come_from_where_covers_may(thumb: object) -> None:
    assert parse_found(row(thumb=thumb), DISCOGS_IMAGES).thumb is None


@pytest.mark.parametrize("changes", [{"id": None}, {"id": "7"}, {"id": 0}, {"format": "LP"}, {"title": {}}])
def test_what_makes_no_sense_is_unreadable(changes: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        parse_found(row(**changes), DISCOGS_IMAGES)
