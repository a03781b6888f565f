"""Reading collections: order, pages, privacy, several owners, times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.fake_discogs import World
from scripts.fake_discogs.vocabulary import COLLECTION_SORTS, PRIVATE
from tests.fake_discogs.conftest import Person


def path(world: World, rest: str = "folders/0/releases") -> str:
    return f"/users/{world.seller.username}/collection/{rest}"


def rows(person: Person, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.get(path(person.fake.world), per_page=100, **query).json()["releases"]
    return found


def test_pages_are_clamped_and_end(owner: Person, world: World) -> None:
    while len(world.copies) < 130:
        world.add_copy()
    first = owner.get(path(world), per_page=500).json()["pagination"]
    assert (first["per_page"], first["pages"], first["items"]) == (100, 2, 130)
    assert set(first["urls"]) == {"last", "next"}
    last = owner.get(path(world), per_page=100, page=2).json()
    assert (len(last["releases"]), set(last["pagination"]["urls"])) == (30, {"first", "prev"})
    beyond = owner.get(path(world), per_page=100, page=3)
    assert (beyond.status_code, beyond.json()["message"]) == (404, "Page 3 is outside of valid range [1, 1].")
    assert owner.get(path(world)).json()["pagination"]["per_page"] == 50


def test_an_empty_collection_has_one_empty_page(other_user: Person, world: World) -> None:
    own = f"/users/{world.stranger.username}/collection/folders"
    answer = other_user.get(f"{own}/0/releases").json()
    assert answer["releases"] == []
    assert (answer["pagination"]["items"], answer["pagination"]["urls"]) == (0, {})
    folders = other_user.get(own).json()["folders"]
    assert [(folder["id"], folder["count"]) for folder in folders] == [(0, 0), (1, 0)]


@pytest.mark.parametrize("sort", COLLECTION_SORTS)
def test_every_order_has_its_reverse(owner: Person, sort: str) -> None:
    def key(row: dict[str, Any]) -> object:
        told = row["basic_information"]
        return {"rating": row["rating"], "title": told["title"].casefold(), "year": told["year"]}.get(sort, 0)

    up, down = rows(owner, sort=sort), rows(owner, sort=sort, sort_order="desc")
    assert {row["instance_id"] for row in up} == {row["instance_id"] for row in down}
    assert [key(row) for row in up] == sorted(key(row) for row in up)  # type: ignore[type-var]
    assert [key(row) for row in down] == [key(row) for row in up][::-1]


def test_newest_first_is_newest_first(owner: Person, world: World) -> None:
    newest = world.add_copy()
    times = [datetime.fromisoformat(row["date_added"]) for row in rows(owner, sort="added", sort_order="desc")]
    assert times == sorted(times, reverse=True)
    assert rows(owner, sort="added", sort_order="desc")[0]["instance_id"] == newest


def test_equal_rows_may_change_places(owner: Person, world: World) -> None:
    before = [row["instance_id"] for row in rows(owner, sort="rating")]
    world.reorder(3)
    after = [row["instance_id"] for row in rows(owner, sort="rating")]
    assert before != after
    assert sorted(before) == sorted(after)


@pytest.mark.parametrize("name", ["sort", "sort_order"])
def test_unknown_orders_are_refused_in_detail(owner: Person, world: World, name: str) -> None:
    refused = owner.get(path(world), **{name: "colour"})
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["query", name]


def test_times_carry_the_pacific_offset_of_their_day(owner: Person, world: World) -> None:
    moments = {
        "2026-01-05T16:14:50+00:00": "2026-01-05T08:14:50-08:00",
        "2026-07-05T16:14:50+00:00": "2026-07-05T09:14:50-07:00",
        # The hour that comes twice: only the offset tells the two apart.
        "2025-11-02T08:30:00+00:00": "2025-11-02T01:30:00-07:00",
        "2025-11-02T09:30:00+00:00": "2025-11-02T01:30:00-08:00",
    }
    numbers = {world.add_copy(added=moment): told for moment, told in moments.items()}
    shown = {row["instance_id"]: row["date_added"] for row in rows(owner)}
    assert {number: shown[number] for number in numbers} == numbers
    assert world.copies[min(numbers)].added == datetime(2026, 1, 5, 16, 14, 50, tzinfo=UTC)


def test_all_copies_of_a_release_are_found_wherever_they_lie(
    owner: Person, stranger: Person, other_user: Person, world: World
) -> None:
    release = world.copies[world.copy_ids()[0]].release
    folders = [world.add_folder("Upstairs") for _ in range(6)]
    for folder in folders:
        world.add_copy(release.id, folder_id=folder)
    found = owner.get(path(world, f"releases/{release.id}")).json()["releases"]
    assert {row["id"] for row in found} == {release.id}
    assert set(folders) < {row["folder_id"] for row in found}
    absent = owner.get(path(world, "releases/1"))
    assert (absent.status_code, absent.json()["releases"]) == (200, [])
    assert len(stranger.get(path(world, f"releases/{release.id}")).json()["releases"]) == len(found)
    world.set_private()
    assert stranger.get(path(world, f"releases/{release.id}")).status_code == 403
    assert other_user.get(path(world, f"releases/{release.id}")).json()["message"] == PRIVATE


def test_every_account_has_a_shelf_and_a_door_of_its_own(owner: Person, other_user: Person, world: World) -> None:
    name = world.stranger.username
    number = world.add_copy(of=name, rating=3)
    world.set_private(of=name)
    theirs = f"/users/{name}/collection/folders/0/releases"
    assert [row["instance_id"] for row in other_user.get(theirs).json()["releases"]] == [number]
    assert owner.get(theirs).status_code == 403
    assert other_user.get(path(world)).status_code == 200
    assert number not in world.copies
    profile = owner.get(f"/users/{name}").json()
    assert "num_collection" not in profile
    assert other_user.get(f"/users/{name}").json()["num_collection"] == 1


def test_another_account_may_join(world: World, other_user: Person) -> None:
    world.add_account("third_party")
    world.add_copy(of="third_party")
    answer = other_user.get("/users/THIRD_PARTY/collection/folders/0/releases")
    assert answer.json()["pagination"]["items"] == 1


def test_fields_can_come_change_and_go(owner: Person, stranger: Person, world: World) -> None:
    number = world.copy_ids()[0]
    colour = world.add_field("Colour", "dropdown", options=["Red", "Blue"])
    price = world.add_field("Paid")
    world.note(number, colour, "Red")
    world.edit_field(colour, name="Wax", public=True)
    fields = {field["id"]: field for field in owner.get(path(world, "fields")).json()["fields"]}
    assert fields[colour] == {
        "id": colour, "name": "Wax", "type": "dropdown", "position": 5, "public": True, "options": ["Red", "Blue"],
    }  # fmt: skip
    assert fields[price] == {
        "id": price, "name": "Paid", "type": "textarea", "position": 6, "public": False, "lines": 1
    }  # fmt: skip
    shown = {row["instance_id"]: row for row in rows(stranger)}[number]
    assert {"field_id": colour, "value": "Red"} in shown["notes"]
    world.delete_field(colour)
    assert colour not in {field["id"] for field in owner.get(path(world, "fields")).json()["fields"]}
    assert all(note["field_id"] != colour for row in rows(owner) for note in row.get("notes", []))


def test_folders_deleted_on_the_website_leave_their_copies(owner: Person, world: World) -> None:
    number = world.copy_ids()[0]
    folder = world.add_folder("For a while")
    world.move_copy(number, folder)
    world.rename_folder(folder, "Attic")
    assert {"Attic"} == {f["name"] for f in owner.get(path(world, "folders")).json()["folders"] if f["id"] == folder}
    world.delete_folder(folder)
    assert {row["instance_id"]: row["folder_id"] for row in rows(owner)}[number] == 1
    with pytest.raises(KeyError):
        world.move_copy(number, folder)


def test_counts_may_lag_while_pages_tell_the_truth(owner: Person, world: World) -> None:
    world.set_policy(counts_off_by=-7)
    folders = owner.get(path(world, "folders")).json()["folders"]
    profile = owner.get(f"/users/{world.seller.username}").json()
    assert folders[0]["count"] == profile["num_collection"] == len(world.copies) - 7
    assert profile["num_for_sale"] == len(world.for_sale_ids()) - 7
    assert owner.get(path(world)).json()["pagination"]["items"] == len(world.copies)
    world.set_policy(counts_off_by=-10_000)
    assert owner.get(path(world, "folders/1")).json()["count"] == 0


def test_a_copy_that_goes_between_two_pages_hides_another(owner: Person, world: World) -> None:
    """Read forwards, a removal before the cursor pulls an unread copy onto a page that was read already."""
    while len(world.copies) < 120:
        world.add_copy()
    before = sorted(world.copies.values(), key=lambda copy: (copy.added, copy.instance_id))
    owner.fake.before_request(lambda number, _: world.remove_copy(before[0].instance_id) if number == 2 else None)
    seen = [
        row["instance_id"]
        for page in (1, 2)
        for row in owner.get(path(world), sort="added", per_page=60, page=page).json()["releases"]
    ]
    assert {copy.instance_id for copy in before} - set(seen) == {before[60].instance_id}
    assert len(seen) == 119


def test_a_collection_may_close_in_the_middle_of_a_reading(stranger: Person, world: World) -> None:
    stranger.fake.before_request(lambda number, _: world.set_private() if number == 2 else None)
    statuses = [stranger.get(path(world), per_page=20, page=page).status_code for page in (1, 2, 3)]
    assert statuses == [200, 403, 403]
