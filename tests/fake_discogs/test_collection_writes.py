"""Changing a collection through the API of the fake, as its owner and as others."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.fake_discogs import World
from tests.fake_discogs.conftest import Person


def path(world: World, rest: str) -> str:
    return f"/users/{world.seller.username}/collection/{rest}"


def instance(world: World, number: int, folder: int = 0) -> str:
    return path(world, f"folders/{folder}/releases/{world.copies[number].release.id}/instances/{number}")


def row(owner: Person, number: int) -> dict[str, Any]:
    release = owner.fake.world.copies[number].release.id
    rows = owner.get(path(owner.fake.world, f"releases/{release}")).json()["releases"]
    return next(row for row in rows if row["instance_id"] == number)


def test_a_folder_is_made_renamed_and_deleted(owner: Person, world: World) -> None:
    made = owner.send("POST", path(world, "folders"), {"name": "Upstairs"})
    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"],
        "name": "Upstairs",
        "count": 0,
        "resource_url": f"{owner.fake.url}{path(world, 'folders')}/{made.json()['id']}",
    }
    folder = path(world, f"folders/{made.json()['id']}")
    renamed = owner.send("POST", folder, {"name": "Attic"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Attic")
    assert owner.send("DELETE", folder).status_code == 204
    assert owner.get(folder).status_code == 404


def test_all_and_uncategorized_stay_as_they_are_and_full_folders_stay(owner: Person, world: World) -> None:
    for number in (0, 1):
        assert owner.send("POST", path(world, f"folders/{number}"), {"name": "Mine"}).status_code == 403
        assert owner.send("DELETE", path(world, f"folders/{number}")).status_code == 403
    world.move_copy(world.copy_ids()[0], 31)
    assert owner.send("DELETE", path(world, "folders/31")).status_code == 403
    assert owner.send("DELETE", path(world, "folders/77")).status_code == 404


def test_adding_twice_gives_two_copies_with_the_rating_of_the_release(owner: Person, world: World) -> None:
    release = world.copies[world.copy_ids()[0]].release
    world.rate(release.id, 4)
    before = world.copy_ids()
    first = owner.send("POST", path(world, f"folders/31/releases/{release.id}"))
    second = owner.send("POST", path(world, f"folders/31/releases/{release.id}"))
    assert first.status_code == second.status_code == 201
    told = first.json()
    assert set(told) == {"instance_id", "resource_url", "basic_information"}
    assert "genres" not in told["basic_information"]
    new = set(world.copy_ids()) - set(before)
    assert new == {told["instance_id"], second.json()["instance_id"]}
    assert [(row(owner, number)["rating"], row(owner, number)["folder_id"]) for number in new] == [(4, 31), (4, 31)]


def test_what_cannot_be_added(owner: Person, world: World) -> None:
    release = world.copies[world.copy_ids()[0]].release.id
    assert owner.send("POST", path(world, f"folders/0/releases/{release}")).status_code == 422
    assert owner.send("POST", path(world, f"folders/77/releases/{release}")).status_code == 404
    assert owner.send("POST", path(world, "folders/1/releases/1")).status_code == 404


def test_a_copy_is_rated_and_moved_at_once(owner: Person, world: World) -> None:
    number = world.copy_ids()[0]
    twin = world.add_copy(world.copies[number].release.id)
    answer = owner.send("POST", instance(world, number), {"rating": 2, "folder_id": 33})
    assert (answer.status_code, answer.content) == (204, b"")
    assert (row(owner, number)["rating"], row(owner, number)["folder_id"]) == (2, 33)
    assert (row(owner, twin)["rating"], row(owner, twin)["folder_id"]) == (2, 1)


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({"rating": 6}, "rating"),
        ({"rating": -1}, "rating"),
        ({"rating": "many"}, "rating"),
        ({"rating": True}, "rating"),
        ({"folder_id": 77}, "folder_id"),
        ({"folder_id": 0}, "folder_id"),
    ],
)
def test_bad_values_are_named_and_change_nothing(owner: Person, world: World, sent: Any, named: str) -> None:
    number = world.copy_ids()[0]
    before = world.copies[number]
    refused = owner.send("POST", instance(world, number), sent)
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["body", named]
    assert refused.json()["message"] == 'See "detail" for validation errors.'
    assert world.copies[number] == before


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_what_is_not_a_json_object_is_refused(owner: Person, world: World, body: bytes) -> None:
    assert owner.send("POST", path(world, "folders"), raw=body).status_code == 422


def test_fields_are_written_cleared_and_checked(owner: Person, world: World) -> None:
    number = world.copy_ids()[0]
    field = f"{instance(world, number)}/fields"
    assert owner.send("POST", f"{field}/1", {"value": "Mint (M)"}).status_code == 204
    assert owner.send("POST", f"{field}/3", {"value": "gift\nfrom Ann"}).status_code == 204
    notes = {note["field_id"]: note["value"] for note in row(owner, number)["notes"]}
    assert (notes[1], notes[3]) == ("Mint (M)", "gift\nfrom Ann")
    assert owner.send("POST", f"{field}/1", {"value": "Shiny"}).status_code == 422
    assert owner.send("POST", f"{field}/99", {"value": "x"}).status_code == 422
    assert owner.send("POST", f"{field}/3", {}).status_code == 422
    for number_of_field in (1, 2, 3, 4):
        owner.send("POST", f"{field}/{number_of_field}", {"value": ""})
    assert "notes" not in row(owner, number)


def test_a_copy_goes_once(owner: Person, world: World) -> None:
    number = world.copy_ids()[0]
    place = instance(world, number)
    assert owner.send("DELETE", place).status_code == 204
    assert number not in world.copies
    assert owner.send("DELETE", place).status_code == 404


def test_a_copy_is_found_in_its_folder_and_in_all_only(owner: Person, world: World) -> None:
    number = world.copy_ids()[0]
    world.move_copy(number, 31)
    assert owner.send("POST", instance(world, number, 31), {"rating": 3}).status_code == 204
    assert owner.send("POST", instance(world, number, 32), {"rating": 3}).status_code == 404
    elsewhere = path(world, f"folders/0/releases/1/instances/{number}")
    assert owner.send("POST", elsewhere, {"rating": 3}).status_code == 404


def test_nobody_else_writes(stranger: Person, other_user: Person, world: World) -> None:
    number = world.copy_ids()[0]
    release = world.copies[number].release.id
    doors = [
        ("POST", path(world, "folders")),
        ("POST", path(world, "folders/31")),
        ("DELETE", path(world, "folders/31")),
        ("POST", path(world, f"folders/1/releases/{release}")),
        ("POST", instance(world, number)),
        ("DELETE", instance(world, number)),
        ("POST", f"{instance(world, number)}/fields/3"),
    ]
    before = world.version
    assert [stranger.send(*door, {"name": "x"}).status_code for door in doors] == [401] * len(doors)
    assert [other_user.send(*door, {"name": "x"}).status_code for door in doors] == [403] * len(doors)
    assert world.version == before
