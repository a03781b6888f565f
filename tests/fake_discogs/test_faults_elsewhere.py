"""Faults, the budget and the audit reach the collection, the wantlist, releases, search and the OAuth dance too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from scripts.fake_discogs import COPY_FAULTS, ITEM_FAULTS, FakeDiscogs, Fault, Limits, World
from tests.fake_discogs.conftest import Person


def collection(world: World) -> str:
    return f"/users/{world.seller.username}/collection/folders/0/releases"


def paths(world: World) -> dict[str, str]:
    release = world.copies[world.copy_ids()[0]].release.id
    own = f"/users/{world.seller.username}"
    return {
        collection(world): "/users/*/collection/folders/*/releases",
        f"{own}/collection/releases/{release}": "/users/*/collection/releases/*",
        f"{own}/wants": "/users/*/wants",
        f"/releases/{release}": "/releases/*",
        "/database/search": "/database/search",
    }


@pytest.mark.parametrize("place", range(5))
def test_every_route_can_fail(fake: FakeDiscogs, owner: Person, world: World, place: int) -> None:
    path, glob = list(paths(world).items())[place]
    fake.faults.add(Fault("status", glob, hits=[2], status=502))
    assert [owner.get(path).status_code for _ in range(3)] == [200, 502, 200]
    assert fake.audit.paths() == [path] * 3
    assert [record.status for record in fake.audit] == [200, 502, 200]


@pytest.mark.parametrize("place", [0, 2, 4])
def test_pages_of_any_list_can_be_damaged(fake: FakeDiscogs, owner: Person, world: World, place: int) -> None:
    path, glob = list(paths(world).items())[place]
    whole = owner.get(path, per_page=5, page=1).json()
    [key] = set(whole) - {"pagination"}
    second = owner.get(path, per_page=5, page=2).json()[key]
    fake.faults.add(Fault("short_page", glob, page=1, n=2))
    assert owner.get(path, per_page=5, page=1).json()[key] == whole[key][:3]
    assert owner.get(path, per_page=5, page=2).json()[key] == second
    fake.faults.clear()
    fake.faults.add(Fault("listings_missing", glob))
    assert key not in owner.get(path, per_page=5).json()
    fake.faults.clear()
    fake.faults.add(Fault("swapped_page", glob, page=1))
    assert owner.get(path, per_page=5).json()[key] == second


def changed(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@pytest.mark.parametrize("name", sorted(name for name in COPY_FAULTS if not name.startswith("release_")))
def test_rows_of_a_collection_can_be_wrong(fake: FakeDiscogs, owner: Person, world: World, name: str) -> None:
    number = world.add_copy(rating=2, notes=[(1, "Mint (M)")])
    before = owner.get(collection(world), per_page=100).json()["releases"]
    fake.faults.add(Fault("item", "/users/*/collection/folders/0/releases", name=name, row=number))
    after = owner.get(collection(world), per_page=100).json(parse_constant=str)["releases"]
    assert len(after) == len(before)
    different = [index for index, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    if name == "instance_twice":
        assert sum(row["instance_id"] == number for row in after) == 2
    else:
        assert [before[index]["instance_id"] for index in different] == [number]


@pytest.mark.parametrize("name", sorted(name for name in COPY_FAULTS if name.startswith(("release_", "copy_"))))
def test_a_release_can_be_wrong(fake: FakeDiscogs, owner: Person, world: World, name: str) -> None:
    path = f"/releases/{world.copies[world.copy_ids()[0]].release.id}"
    before = owner.get(path).json()
    fake.faults.add(Fault("item", "/releases/*", name=name))
    after = owner.get(path).text
    assert json.loads(after, parse_constant=str) != before
    assert owner.get("/releases/1").status_code == 404


def test_a_page_that_lost_its_rows_is_not_taken_for_a_row(fake: FakeDiscogs, owner: Person, world: World) -> None:
    glob = "/users/*/collection/folders/0/releases"
    fake.faults.add(Fault("listings_missing", glob), Fault("item", glob, name="rating_null"))
    assert set(owner.get(collection(world)).json()) == {"pagination"}


def test_names_of_row_faults_are_unequal() -> None:
    assert not COPY_FAULTS.keys() & ITEM_FAULTS.keys()


def test_what_a_failed_answer_hides_has_happened(fake: FakeDiscogs, owner: Person, world: World) -> None:
    """A client that repeats a POST adds the copy twice."""
    release = world.copies[world.copy_ids()[0]].release.id
    count = len(world.copies)
    fake.faults.add(Fault("status", "/users/*/collection/*", method="POST", hits=[1], status=504))
    path = f"/users/{world.seller.username}/collection/folders/1/releases/{release}"
    assert [owner.send("POST", path).status_code for _ in range(2)] == [504, 201]
    assert len(world.copies) == count + 2


def test_answers_without_json_stay_whole(fake: FakeDiscogs, owner: Person, world: World) -> None:
    number = world.copy_ids()[0]
    fake.faults.add(Fault("item", "/users/*", name="rating_null"), Fault("pages_up", "/users/*"))
    path = f"/users/{world.seller.username}/wants/{world.copies[number].release.id}"
    assert owner.send("DELETE", path).status_code == 204
    assert fake.errors == []


@pytest.fixture
def limited(world: World) -> Iterator[FakeDiscogs]:
    with FakeDiscogs(world, Limits(authenticated=6, anonymous=3)) as fake:
        yield fake


def test_all_routes_share_one_budget(limited: FakeDiscogs, world: World) -> None:
    owner, stranger = Person(limited, limited.token), Person(limited)
    asked = list(paths(world))
    first = [owner.get(path) for path in asked]
    assert [answer.status_code for answer in first] == [200] * 5
    assert [answer.headers["x-discogs-ratelimit-used"] for answer in first] == ["0", "1", "2", "3", "4"]
    assert stranger.get(asked[0]).status_code == 429
    assert owner.send("DELETE", f"/users/{world.seller.username}/wants/1").status_code == 204
    refused = owner.get(asked[3])
    assert (refused.status_code, refused.content, "Retry-After" in refused.headers) == (429, b"\n", False)
    for person in (owner, stranger):
        person.session.close()


def test_a_refused_request_changes_nothing(limited: FakeDiscogs, world: World) -> None:
    owner = Person(limited, limited.token)
    release = world.copies[world.copy_ids()[0]].release.id
    path = f"/users/{world.seller.username}/collection/folders/1/releases/{release}"
    assert [owner.send("POST", path).status_code for _ in range(7)] == [201] * 6 + [429]
    assert len(world.copies) == 66
    owner.session.close()


def test_the_dance_is_damaged_and_audited_like_anything_else(fake: FakeDiscogs, stranger: Person) -> None:
    fake.faults.add(Fault("status", "/oauth/request_token", status=503))
    answer = stranger.get("/oauth/request_token")
    assert (answer.status_code, fake.audit.paths()) == (503, ["/oauth/request_token"])


def test_other_processes_change_shelves_through_the_admin_port(world: World) -> None:
    with FakeDiscogs(world, admin_port=0) as fake:

        def mutate(op: str, number: int | None = None, **more: Any) -> Any:
            told = {"op": op, "with": more} | ({"id": number} if number is not None else {})
            answer = requests.post(f"{fake.admin_url}/mutate", json=told, timeout=20)
            assert answer.status_code == 200, answer.text
            return answer.json()["result"]

        folder = mutate("add_folder", name="Attic")
        copy = mutate("add_copy", folder_id=folder, notes=[[3, "gift"]])
        assert world.copies[copy].notes == ((3, "gift"),)
        mutate("note", copy, field_id=3, value="mine")
        mutate("move_copy", copy, folder_id=31)
        mutate("rate", world.copies[copy].release.id, rating=5)
        assert (world.copies[copy].notes, world.copies[copy].folder_id, world.copies[copy].rating) == (
            ((3, "mine"),),
            31,
            5,
        )
        mutate("rename_folder", folder, name="Cellar")
        mutate("delete_folder", folder)
        mutate("delete_release", world.copies[copy].release.id)
        mutate("set_private", private=True, wants=True)
        assert world.shelf().is_private
        assert world.shelf().wants_are_private
        answer = requests.get(f"{fake.admin_url}/copies", timeout=20)
        assert answer.json()["ids"] == world.copy_ids()
        bad = requests.post(f"{fake.admin_url}/mutate", json={"op": "allow", "id": "no such token"}, timeout=20)
        assert bad.status_code == 400
