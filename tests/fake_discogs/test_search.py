"""`/database/search`: criteria, types, caps, who may."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.fake_discogs import Release, World
from scripts.fake_discogs.vocabulary import MUST_AUTHENTICATE
from tests.fake_discogs.conftest import Person


@pytest.fixture
def release(world: World) -> Release:
    return next(row for row in world.catalogue().values() if row.year and row.master_id and row.styles)


def found(person: Person, **query: Any) -> list[dict[str, Any]]:
    answer = person.get("/database/search", per_page=100, **query)
    assert answer.status_code == 200
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def test_a_result_has_the_shape_of_a_search_not_of_a_release(owner: Person, release: Release, world: World) -> None:
    world.add_copy(release.id)
    world.want(release.id)
    [row] = [row for row in found(owner, q=release.title, type="release") if row["id"] == release.id]
    assert set(row) == {
        "id", "type", "master_id", "master_url", "uri", "resource_url", "title", "country", "year", "format", "label",
        "genre", "style", "barcode", "catno", "thumb", "cover_image", "community", "user_data", "format_quantity",
        "formats",
    }  # fmt: skip
    assert row["year"] == str(release.year)
    assert row["uri"].startswith(f"/release/{release.id}-")
    assert row["title"] == f"{release.artist} - {release.title}"
    assert row["user_data"] == {"in_wantlist": True, "in_collection": True}


@pytest.mark.parametrize(
    "criterion", ["artist", "release_title", "label", "catno", "genre", "style", "country", "year"]
)
def test_every_criterion_narrows(owner: Person, release: Release, criterion: str) -> None:
    value = {
        "artist": release.artists[0].name,
        "release_title": release.title,
        "label": release.labels[0].name,
        "catno": release.labels[0].catno,
        "genre": release.genres[0],
        "style": release.styles[0],
        "country": release.country,
        "year": str(release.year),
    }[criterion]
    assert release.id in {row["id"] for row in found(owner, q=release.title, type="release", **{criterion: value})}
    assert found(owner, type="release", **{criterion: "nothing like this"}) == []


def test_barcodes_and_tracks_are_found(owner: Person, world: World) -> None:
    pages = [owner.get(f"/releases/{number}").json() for number in sorted(world.catalogue())[:10]]
    page = next(page for page in pages if page["identifiers"])
    barcode = page["identifiers"][1]["value"]
    [row] = found(owner, barcode=barcode, type="release")
    assert (row["id"], barcode in row["barcode"]) == (page["id"], True)
    track = page["tracklist"][-1]["title"]
    assert page["id"] in {row["id"] for row in found(owner, track=track, q=page["title"], type="release")}


def test_without_a_type_everything_is_found(owner: Person, release: Release) -> None:
    word = release.artists[0].name
    kinds = {row["type"] for row in found(owner, q=word)}
    assert {"release", "master", "artist"} <= kinds
    for kind in ("master", "artist"):
        rows = found(owner, q=word, type=kind)
        assert {row["type"] for row in rows} == {kind}
    [name] = [row for row in found(owner, q=word, type="artist") if row["id"] == release.artists[0].id]
    assert (name["master_id"], name["master_url"]) == (None, None)
    assert "year" not in name


def test_strangers_find_without_pictures_or_not_at_all(stranger: Person, release: Release, world: World) -> None:
    row = found(stranger, q=release.title, type="release")[0]
    assert (row["thumb"], row["cover_image"]) == ("", "")
    world.set_policy(search_for_strangers=False)
    refused = stranger.get("/database/search", q=release.title)
    assert (refused.status_code, refused.json()["message"]) == (401, MUST_AUTHENTICATE)


def test_an_application_finds_with_pictures(stranger: Person, release: Release, world: World) -> None:
    row = found(stranger, q=release.title, key=world.consumer_key, secret=world.consumer_secret)[0]
    assert row["cover_image"]


def test_pages_have_links_and_end_at_ten_thousand(owner: Person) -> None:
    answer = owner.get("/database/search", per_page=10, type="release", page=2)
    assert 'rel="next"' in answer.headers["Link"]
    assert len(answer.json()["results"]) == 10
    assert owner.get("/database/search", per_page=100, page=101).status_code == 404
    assert owner.get("/database/search", per_page=50, page=201).status_code == 404
    nothing = owner.get("/database/search", q="nothing like this at all").json()
    assert (nothing["results"], nothing["pagination"]["items"]) == ([], 0)


def test_results_are_sorted_on_request(owner: Person) -> None:
    years = [int(row.get("year", 0)) for row in found(owner, type="release", sort="year", sort_order="desc")]
    assert years == sorted(years, reverse=True)
