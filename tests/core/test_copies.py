"""What is read from a row of a collection, and what is refused."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.copies import parse_copy
from app.core.copy_records import Copy
from app.core.records import Rejected

COVER = "https://i.discogs.com/abc/rs:fit/600.jpeg"
ROW: dict[str, Any] = {
    "id": 987001,
    "instance_id": 2176900001,
    "folder_id": 1,
    "rating": 4,
    "date_added": "2026-01-05T08:14:50-08:00",
    "notes": [{"field_id": 3, "value": "gift"}, {"field_id": 1, "value": "Very Good Plus (VG+)"}],
    "basic_information": {
        "id": 987001,
        "master_id": 0,
        "thumb": COVER,
        "cover_image": "javascript:alert(1)",
        "title": "Example Days",
        "year": 1979,
        "formats": [{"name": "Vinyl", "qty": "2", "text": "Blue", "descriptions": ["LP", "Album"]}],
        "labels": [{"name": "Sample Records (2)", "catno": "SR 001"}, {"name": "Svek", "catno": "SR 001"}],
        "artists": [{"name": "Nova (2)", "join": "&"}, {"name": "The Examples", "anv": "Examples"}],
        "genres": ["Rock", "Jazz"],
        "styles": [],
    },
}


def read(**changes: Any) -> Copy | Rejected:
    return parse_copy(deepcopy(ROW) | changes)


def basic(**changes: Any) -> dict[str, Any]:
    return {"basic_information": ROW["basic_information"] | changes}


def read_copy(**changes: Any) -> Copy:
    found = read(**changes)
    assert isinstance(found, Copy), found
    return found


def test_a_documented_row_is_read():
    assert read() == Copy(
        instance_id=2176900001,
        release_id=987001,
        folder_id=1,
        rating=4,
        added_at=datetime(2026, 1, 5, 16, 14, 50, tzinfo=UTC),
        notes='{"1":"Very Good Plus (VG+)","3":"gift"}',
        title="Example Days",
        artist="Nova & Examples",
        label="Sample Records, Svek",
        catalog_number="SR 001",
        format="2xVinyl, LP, Album, Blue",
        year=1979,
        genres="Rock, Jazz",
        styles=None,
        thumb=COVER,
        cover_image=None,
        master_id=None,
    )


def test_notes_in_another_order_are_the_same_notes():
    assert read_copy(notes=ROW["notes"][::-1]).notes == read_copy().notes


@pytest.mark.parametrize("notes", [None, [], [{"field_id": 3, "value": ""}], [{"field_id": 3, "value": None}]])
def test_no_notes_are_none(notes: object):
    assert read_copy(notes=notes).notes is None


@pytest.mark.parametrize("rating", [0, None, 6, -1, "4", 4.0, True])
def test_what_is_no_rating_is_unknown(rating: object):
    assert read_copy(rating=rating).rating is None


@pytest.mark.parametrize("added", [None, "", "last summer", "0001-01-01T00:00:00-08:00", 20260105])
def test_what_is_no_date_is_unknown(added: object):
    assert read_copy(date_added=added).added_at is None


@pytest.mark.parametrize("number", [None, 0, -1, 2**63, "2176900001", 1.0, True, [1]])
def test_a_row_without_its_key_is_refused(number: object):
    found = read(instance_id=number)
    assert isinstance(found, Rejected)
    assert found.item_id is None


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"basic_information": None},
        {"notes": "gift"},
        {"notes": [{"value": "of no field"}]},
        basic(id=1),
        {"basic_information": {}},
        basic(id=None),
        basic(title=["Example Days"]),
        basic(artists=["Nova"]),
        basic(formats="LP"),
    ],
)
def test_a_row_that_would_lie_is_refused_by_name(changes: dict[str, Any]):
    found = read(**changes)
    assert isinstance(found, Rejected)
    assert found.item_id == 2176900001
    assert found.problem


def test_nothing_known_of_the_release_is_unknown():
    found = read_copy(basic_information={"title": "Example Days"})
    assert (found.release_id, found.artist, found.label, found.format) == (987001, None, None, None)


def test_hostile_text_can_be_stored():
    found = read_copy(**basic(title="Half \ud800 Pair\0"))
    assert found.title == "Half \ufffd Pair"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ROW, "name", "value"]), inner),
    max_leaves=8,
)


@given(st.sampled_from([*ROW, *(f"basic_information.{key}" for key in ROW["basic_information"])]), anything)
def test_whatever_comes_is_read_or_refused(place: str, value: object):
    row = deepcopy(ROW)
    outer, _, inner = place.partition(".")
    if inner:
        row[outer][inner] = value
    else:
        row[outer] = value
    found = parse_copy(row)
    if isinstance(found, Copy):
        assert 1 <= found.instance_id <= 2**53
        assert found.notes is None or json.loads(found.notes)
        assert all(isinstance(each, int | str | datetime | None) for each in found)
    else:
        assert found.problem
