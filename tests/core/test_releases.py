"""What is read from the body of a release, and what is refused."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.release_records import Credit, Market, RejectedRelease, Release, Track, Video
from app.core.releases import display_artist, parse_release

COVER = "https://i.discogs.com/abc/rs:fit/600.jpeg"


def body(**changes: Any) -> dict[str, Any]:
    """A release with everything, as documented."""
    found: dict[str, Any] = {
        "id": 987001,
        "title": "Example Days",
        "year": 1979,
        "country": "Germany",
        "released": "1979-05-00",
        "master_id": 5427,
        "artists": [
            {"name": "Nova (2)", "anv": "", "join": "&"},
            {"name": "The Examples", "anv": "Examples", "join": ","},
            {"name": "Trio (11)", "anv": "", "join": ""},
        ],
        "extraartists": [{"name": "Jo Mix (3)", "anv": "", "role": "Producer", "tracks": "A1 to A3"}],
        "labels": [{"name": "Svek (2)", "catno": "SK032"}],
        "formats": [{"name": "Vinyl", "qty": "2", "descriptions": ["LP", "Album"], "text": "Gatefold"}],
        "identifiers": [
            {"type": "Matrix / Runout", "value": "SK-A"},
            {"type": "Barcode", "value": "4 006408 126034", "description": "printed"},
        ],
        "genres": ["Folk, World, & Country", "Rock"],
        "styles": ["Krautrock"],
        "tracklist": [
            {"position": "", "type_": "heading", "title": "First record", "duration": ""},
            {"position": "A1", "type_": "track", "title": "Dawn", "duration": "4:17"},
            {
                "position": "A2",
                "type_": "index",
                "title": "Suite",
                "duration": "9:00",
                "sub_tracks": [{"position": "A2a", "type_": "track", "title": "Noon", "duration": "3:00"}],
            },
        ],
        "videos": [
            {"uri": "https://www.youtube.com/watch?v=1", "title": "Dawn", "duration": 257},
            {"uri": "javascript:alert(1)", "title": "no"},
            {"uri": "http://www.youtube.com/watch?v=2", "title": "not safe"},
            {"uri": "https://user:secret@example.org/", "title": "no"},
        ],
        "images": [
            {"uri": COVER, "uri150": COVER, "width": 600, "height": 598, "type": "primary"},
            {"uri": "https://elsewhere.example/a.jpeg"},
        ],
        "notes": "  Recorded in one night.  ",
        "community": {"have": 12, "want": 34},
        "lowest_price": 7.5,
        "num_for_sale": 3,
    }
    return found | changes


def parsed(told: object) -> Release:
    found = parse_release(told, 987001)
    assert isinstance(found, Release), found
    return found


def test_everything_that_is_told_is_read() -> None:
    found = parsed(body())
    assert found.artist == "Nova & Examples, Trio"
    assert found.artists == (Credit("Nova"), Credit("Examples"), Credit("Trio"))
    assert found.credits == (Credit("Jo Mix", "Producer", "A1 to A3"),)
    assert [tuple(label) for label in found.labels] == [("Svek", "SK032")]
    assert (found.country, found.year, found.released, found.notes) == (
        "Germany",
        1979,
        "1979-05-00",
        "Recorded in one night.",
    )
    assert found.videos == (Video("https://www.youtube.com/watch?v=1", "Dawn", 257),)
    assert [image.uri for image in found.images] == [COVER]
    assert found.tracklist[2].sub_tracks == (Track("A2a", "track", "Noon", "3:00", None, (), ()),)
    assert [track.kind for track in found.tracklist] == ["heading", "track", "index"]
    assert (found.have, found.want, found.market) == (12, 34, Market(7.5, 3))


def test_the_facts_for_the_shop() -> None:
    facts = parsed(body()).facts
    text = "2xVinyl, LP, Album, Gatefold"
    assert facts == ("Germany", "Folk, World, & Country, Rock", "Krautrock", "4 006408 126034", 5427, text)


def test_missing_keys_are_unknown() -> None:
    found = parsed({"id": 987001, "title": "Bare"})
    assert found.facts == (None,) * 6
    assert (found.artist, found.tracklist, found.market) == ("", (), Market(None, None))


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ([], "no object"),
        (body(id="987001"), "no Discogs id"),
        (body(id=True), "no Discogs id"),
        (body(id=1), "release 1 instead of 987001"),
        (body(title=None), "title is missing"),
        (body(title=["x"]), "title is no text"),
        (body(genres="Rock"), "genres is no list"),
        (body(genres=[{"a": 1}]), "genres is no text"),
        (body(tracklist={"0": {}}), "tracklist is no list"),
        (body(tracklist=["A1"]), "no object"),
        (body(artists=[None]), "no object"),
        (body(country=[]), "country is no text"),
        (body(styles=["x"] * 5001), "5001 entries"),
    ],
)
def test_a_body_of_wrong_types_is_refused_with_the_reason(told: object, problem: str) -> None:
    found = parse_release(told, 987001)
    assert isinstance(found, RejectedRelease)
    assert problem in found.problem


def test_text_that_no_database_holds_is_cleaned() -> None:
    found = parsed(body(title="a\0b", country="\ud800x"))
    assert found.title == "ab"
    assert found.country == "\ufffdx"


def test_prices_that_are_none() -> None:
    for price in (None, True, "7", -1, 1e300):
        assert parsed(body(lowest_price=price)).market.lowest_price is None


def test_sub_tracks_go_one_level_deep() -> None:
    deep: dict[str, Any] = {"title": "end"}
    for _ in range(900):
        deep = {"title": "x", "sub_tracks": [deep]}
    assert parsed(body(tracklist=[deep])).tracklist[0].sub_tracks[0].sub_tracks == ()


def test_an_artist_that_joins_with_a_word() -> None:
    assert display_artist([{"name": "A (2)", "join": "Feat."}, {"name": "B"}]) == "A Feat. B"


def test_recorded_releases_are_read(shared_data: Path) -> None:
    titles = {}
    for path in sorted(shared_data.glob("json/joalla__discogs_client__releases_*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        if "tracklist" in told:
            found = parse_release(told, told["id"])
            assert isinstance(found, Release), (path.name, found)
            assert found.tracklist
            assert found.genres
            titles[found.release_id] = (found.artist, found.title)
    assert titles[1] == ("Persuader, The", "Stockholm")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*body(), "name", "uri"]), inner),
    max_leaves=12,
)


@given(st.sampled_from(sorted(body())), VALUES)
def test_nothing_that_may_come_raises(key: str, value: object) -> None:
    told = deepcopy(body())
    told[key] = value
    assert isinstance(parse_release(told, 987001), Release | RejectedRelease)
