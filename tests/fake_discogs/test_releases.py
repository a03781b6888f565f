"""Entries of the catalogue: what they tell, what they leave out, how they go; masters, artists, labels."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.fake_discogs import Release, World
from scripts.fake_discogs.vocabulary import GRADES, NO_RELEASE
from tests.fake_discogs.conftest import Person

ALWAYS = {
    "id", "status", "title", "year", "uri", "resource_url", "artists", "artists_sort", "labels", "series", "companies",
    "identifiers", "formats", "format_quantity", "tracklist", "genres", "data_quality", "thumb", "community",
    "num_for_sale", "lowest_price", "blocked_from_sale", "is_offensive", "date_added", "date_changed", "extraartists",
}  # fmt: skip
SOMETIMES = {
    "master_id", "master_url", "country", "released", "released_formatted", "videos", "styles", "notes", "images",
    "estimated_weight",
}  # fmt: skip


def some(world: World) -> Release:
    return world.listing(world.for_sale_ids()[0]).release


def told(person: Person, release_id: int, **query: Any) -> dict[str, Any]:
    answer = person.get(f"/releases/{release_id}", **query)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture
def everything(owner: Person, world: World) -> list[dict[str, Any]]:
    return [told(owner, number) for number in sorted(world.catalogue())[:120]]


def test_keys_are_there_or_absent_but_never_null(everything: list[dict[str, Any]]) -> None:
    for release in everything:
        assert set(release) >= ALWAYS
        assert set(release) <= ALWAYS | SOMETIMES
        assert [key for key, value in release.items() if value is None] in ([], ["lowest_price"])
    for key in ("master_id", "released", "videos", "notes"):
        assert 0 < sum(key in release for release in everything) < len(everything)
    assert any(release["lowest_price"] is None for release in everything)


def test_inner_shapes(everything: list[dict[str, Any]]) -> None:
    tracks = [track for release in everything for track in release["tracklist"]]
    assert {track["type_"] for track in tracks} == {"track", "heading", "index"}
    assert all(set(track) >= {"position", "type_", "title", "duration"} for track in tracks)
    assert all(("sub_tracks" in track) == (track["type_"] == "index") for track in tracks)
    assert any("artists" in track for track in tracks)
    assert {entry["type"] for release in everything for entry in release["identifiers"]} > {"Barcode", "Rights Society"}
    assert all(isinstance(part["qty"], str) for release in everything for part in release["formats"])
    assert any(release["released"].endswith("-00") for release in everything if "released" in release)
    assert all(("released" in release) == bool(release["year"]) for release in everything)
    assert any(credit["join"] for release in everything for credit in release["artists"])
    assert any(credit["role"] for release in everything for credit in release["extraartists"])


def test_a_release_tells_the_same_each_time(owner: Person, world: World) -> None:
    assert told(owner, some(world).id) == told(owner, some(world).id)


def test_listings_copies_and_the_entry_itself_agree(owner: Person, world: World) -> None:
    number = world.add_copy(some(world).id)
    world.edit_release(some(world).id, title="Corrected", genres=("Jazz",))
    release = told(owner, some(world).id)
    path = f"/users/{world.seller.username}/collection/releases/{release['id']}"
    rows = owner.get(path).json()["releases"]
    assert number in {row["instance_id"] for row in rows}
    assert {row["basic_information"]["title"] for row in rows} == {"Corrected"} == {release["title"]}
    assert rows[0]["basic_information"]["genres"] == release["genres"] == ["Jazz"]
    listing = owner.get(f"/marketplace/listings/{world.for_sale_ids()[0]}").json()
    assert listing["release"]["title"] == "Corrected"


def test_its_page_may_tell_what_a_test_needs(owner: Person, world: World) -> None:
    world.edit_release(some(world).id, overrides={"tracklist": [], "notes": "<script>"}, without=("country", "videos"))
    release = told(owner, some(world).id)
    assert (release["tracklist"], release["notes"]) == ([], "<script>")
    assert not {"country", "videos"} & set(release)


def test_pictures_for_strangers_are_a_matter_of_the_day(owner: Person, stranger: Person, world: World) -> None:
    number = some(world).id
    assert told(stranger, number)["images"] == told(owner, number)["images"]
    world.set_policy(release_images_for_strangers=False)
    [image] = told(stranger, number)["images"]
    assert (image["uri"], image["resource_url"], image["uri150"], image["width"]) == ("", "", "", 600)
    assert told(stranger, number)["thumb"] == ""
    assert told(owner, number)["images"][0]["uri"]


def test_deleted_and_merged_entries_are_404_without_a_redirect(owner: Person, world: World) -> None:
    gone, kept = (world.listing(number).release for number in world.for_sale_ids()[:2])
    copy = world.add_copy(gone.id)
    world.want(gone.id)
    world.delete_release(gone.id)
    refused = owner.get(f"/releases/{gone.id}")
    assert (refused.status_code, refused.json()["message"]) == (404, NO_RELEASE)
    assert world.copies[copy].release.id == gone.id
    found = owner.get("/database/search", q=gone.title, type="release").json()["results"]
    assert gone.id in {row["id"] for row in found}
    world.restore_release(gone.id)
    assert owner.get(f"/releases/{gone.id}").status_code == 200
    world.merge_releases(gone.id, into=kept.id)
    assert owner.get(f"/releases/{gone.id}").status_code == 404
    assert world.copies[copy].release.id == kept.id
    assert world.listing(world.for_sale_ids()[0]).release.id == kept.id
    assert kept.id in world.shelf().wants
    assert owner.get("/releases/nonsense").status_code == 404


def test_the_catalogue_outlives_what_is_offered(owner: Person, world: World) -> None:
    number = world.for_sale_ids()[0]
    release = world.delete(number).release
    copy = world.add_copy()
    owned = world.copies[copy].release
    world.remove_copy(copy)
    assert told(owner, release.id)["title"] == release.title
    assert told(owner, owned.id)["num_for_sale"] == 0


def test_prices_depend_on_who_asks(owner: Person, stranger: Person, world: World) -> None:
    row = world.listing(world.for_sale_ids()[0])
    world.edit(row.id, price="0.10")
    mine, theirs = told(owner, row.release.id), told(stranger, row.release.id)
    assert mine["lowest_price"] == 0.1
    assert theirs["lowest_price"] == pytest.approx(0.1 / 0.8577)
    assert told(owner, row.release.id, curr_abbr="USD")["lowest_price"] == theirs["lowest_price"]
    refused = owner.get(f"/releases/{row.release.id}", curr_abbr="XXX")
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["query", "curr_abbr"])


def test_marketplace_statistics_have_three_forms(owner: Person, stranger: Person, world: World) -> None:
    row = world.listing(world.for_sale_ids()[0])
    world.edit(row.id, price="0.10")
    path = f"/marketplace/stats/{row.release.id}"
    assert owner.get(path).json()["lowest_price"] == {"currency": "EUR", "value": 0.1}
    assert stranger.get(path).json()["lowest_price"]["currency"] == "USD"
    unsold = owner.get(f"/marketplace/stats/{next(iter(world.shelf().wants))}").json()
    assert unsold == {"lowest_price": None, "num_for_sale": 0, "blocked_from_sale": False}
    world.edit_release(row.release.id, blocked_from_sale=True)
    assert owner.get(path).json() == {"lowest_price": None, "num_for_sale": None, "blocked_from_sale": True}
    assert owner.get(path, curr_abbr="XXX").json()["message"].startswith("Invalid curr_abbr: expected one of USD")
    missing = owner.get("/marketplace/stats/1")
    assert (missing.status_code, missing.json()["message"]) == (404, "Release not found.")


def test_suggestions_and_fees_need_a_user(owner: Person, stranger: Person, world: World) -> None:
    path = f"/marketplace/price_suggestions/{some(world).id}"
    told = owner.get(path).json()
    assert list(told) == list(GRADES)
    assert {price["currency"] for price in told.values()} == {"EUR"}
    assert owner.get(f"/marketplace/price_suggestions/{next(iter(world.shelf().wants))}").json() == {}
    assert stranger.get(path).status_code == 401
    assert owner.get("/marketplace/fee/10/EUR").json() == {"value": 0.9, "currency": "EUR"}
    assert owner.get("/marketplace/fee/ten").status_code == 422
    assert stranger.get("/marketplace/fee/10").status_code == 401


def test_ratings_of_all_and_of_one(owner: Person, stranger: Person, world: World) -> None:
    number = world.copies[world.copy_ids()[0]].release.id
    path = f"/releases/{number}/rating"
    assert set(stranger.get(path).json()["rating"]) == {"count", "average"}
    own = f"{path}/{world.seller.username}"
    assert owner.send("PUT", own, {"rating": 5}).json()["rating"] == 5
    assert world.shelf().rating(number) == stranger.get(own).json()["rating"] == 5
    assert owner.send("PUT", own, {"rating": 0}).status_code == 422
    assert stranger.send("PUT", own, {"rating": 1}).status_code == 401
    assert owner.send("DELETE", own).status_code == 204
    assert owner.get(own).json()["rating"] == 0
    assert set(owner.get(f"/releases/{number}/stats").json()) == {"num_have", "num_want"}


def test_masters_artists_and_labels_lead_back_to_releases(owner: Person, world: World) -> None:
    release = next(row for row in world.catalogue().values() if row.master_id)
    doors = {"masters": release.master_id, "artists": release.artists[0].id, "labels": release.labels[0].id}
    for kind, number in doors.items():
        below, key = ("versions", "versions") if kind == "masters" else ("releases", "releases")
        entry = owner.get(f"/{kind}/{number}").json()
        assert entry["id"] == number
        assert entry["images"][0]["uri"].startswith(owner.fake.url)
        rows = owner.get(f"/{kind}/{number}/{below}").json()
        assert release.id in {row["id"] for row in rows[key]}
        assert rows["pagination"]["page"] == 1
    assert owner.get(f"/artists/{doors['artists']}").json()["name"] == release.artists[0].name


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/masters/0", "That master release does not exist or may have been deleted."),
        ("/artists/1", "Artist not found."),
        ("/labels/x", "Label not found"),
    ],
)
def test_unknown_entries_have_messages_of_their_own(owner: Person, path: str, message: str) -> None:
    refused = owner.get(path)
    assert (refused.status_code, refused.json()["message"]) == (404, message)
