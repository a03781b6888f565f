"""The wantlist: one row per release, notes for the owner, lenient deletes."""

from __future__ import annotations

from scripts.fake_discogs import World
from scripts.fake_discogs.vocabulary import NO_WANT, PRIVATE
from tests.fake_discogs.conftest import Person


def path(world: World, rest: str = "") -> str:
    return f"/users/{world.seller.username}/wants{rest}"


def test_rows_look_like_those_of_a_collection(owner: Person, stranger: Person, world: World) -> None:
    wants = world.shelf().wants
    answer = owner.get(path(world), per_page=100)
    mine, theirs = answer.json()["wants"], stranger.get(path(world), per_page=100).json()["wants"]
    assert sorted(row["id"] for row in mine) == sorted(wants) == sorted(row["id"] for row in theirs)
    assert set(mine[0]) == {"id", "resource_url", "rating", "date_added", "basic_information", "notes"}
    assert all("notes" not in row for row in theirs)
    assert mine[0]["resource_url"] == f"{owner.fake.url}{path(world)}/{mine[0]['id']}"
    assert mine[0]["basic_information"]["id"] == mine[0]["id"]
    assert "Link" not in answer.headers
    assert owner.get(f"/users/{world.seller.username}").json()["num_wantlist"] == len(wants)


def test_wants_are_paged_and_sorted(owner: Person, world: World) -> None:
    first = owner.get(path(world), per_page=2, sort="title").json()
    assert (len(first["wants"]), first["pagination"]["items"]) == (2, len(world.shelf().wants))
    titles = [row["basic_information"]["title"].casefold() for row in first["wants"]]
    assert titles == sorted(titles)
    assert owner.get(path(world), sort="colour").status_code == 422
    assert owner.get(path(world), page=99).status_code == 404


def test_a_want_is_put_changed_and_deleted(owner: Person, world: World) -> None:
    release = world.copies[world.copy_ids()[0]].release
    made = owner.send("PUT", path(world, f"/{release.id}"), {"notes": "mono only", "rating": 4})
    assert (made.status_code, made.json()["notes"], made.json()["rating"]) == (201, "mono only", 4)
    again = owner.send("POST", path(world, f"/{release.id}"), {"rating": 2})
    assert (again.status_code, again.json()["notes"], again.json()["rating"]) == (200, "mono only", 2)
    assert sum(row["id"] == release.id for row in owner.get(path(world), per_page=100).json()["wants"]) == 1
    for _ in range(2):
        assert owner.send("DELETE", path(world, f"/{release.id}")).status_code == 204
    assert release.id not in world.shelf().wants


def test_what_is_refused(owner: Person, stranger: Person, other_user: Person, world: World) -> None:
    release = next(iter(world.shelf().wants))
    unknown = owner.send("PUT", path(world, "/1"))
    assert (unknown.status_code, unknown.json()["message"]) == (404, NO_WANT)
    assert owner.send("PUT", path(world, f"/{release}"), {"rating": 9}).status_code == 422
    assert owner.send("PUT", path(world, f"/{release}"), {"notes": 9}).status_code == 422
    for method in ("PUT", "POST", "DELETE"):
        assert stranger.send(method, path(world, f"/{release}")).status_code == 401
        assert other_user.send(method, path(world, f"/{release}")).status_code == 403
    assert owner.get("/users/nobody_at_all/wants").status_code == 404


def test_a_private_wantlist_leaves_the_collection_open(owner: Person, stranger: Person, world: World) -> None:
    world.set_private(collection=False, wants=True)
    refused = stranger.get(path(world))
    assert (refused.status_code, refused.json()["message"]) == (403, PRIVATE)
    assert owner.get(path(world)).status_code == 200
    assert stranger.get(f"/users/{world.seller.username}/collection/folders").status_code == 200
    assert "num_wantlist" not in stranger.get(f"/users/{world.seller.username}").json()
    world.set_private(False, wants=True)
    assert stranger.get(path(world)).status_code == 200
