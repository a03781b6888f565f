"""Lists of releases: public for all, private for their owner, and dated when changed."""

from __future__ import annotations

from scripts.fake_discogs import World
from tests.fake_discogs.conftest import Person


def test_lists_are_paged_and_shown_whole(owner: Person, stranger: Person, world: World) -> None:
    releases = [world.copies[number].release.id for number in world.copy_ids()[:3]]
    number = world.add_list("Sunday", releases)
    world.edit_list(number, items=[(releases[0], "side B")], description="slow ones")
    [head] = stranger.get(f"/users/{world.seller.username}/lists").json()["lists"]
    whole = stranger.get(f"/lists/{number}").json()
    assert set(head) == {
        "id", "user", "name", "description", "public", "date_added", "date_changed", "uri", "resource_url", "image_url",
    }  # fmt: skip
    assert {key: whole[key] for key in head} == head
    assert head["date_changed"] > head["date_added"]
    [item] = whole["items"]
    assert (item["id"], item["type"], item["comment"]) == (releases[0], "release", "side B")
    assert set(item) == {"id", "type", "display_title", "comment", "uri", "resource_url", "image_url", "stats"}
    assert owner.get(f"/users/{world.seller.username}").json()["num_lists"] == 1


def test_private_lists_are_not_there_for_others(owner: Person, stranger: Person, world: World) -> None:
    number = world.add_list("Secret", public=False)
    path = f"/users/{world.seller.username}/lists"
    assert owner.get(f"/lists/{number}").status_code == 200
    refused = stranger.get(f"/lists/{number}")
    assert (refused.status_code, refused.json()["message"]) == (404, "List not found")
    assert (len(owner.get(path).json()["lists"]), stranger.get(path).json()["lists"]) == (1, [])
    assert stranger.get("/users/nobody_at_all/lists").status_code == 404
    world.delete_list(number)
    assert owner.get(f"/lists/{number}").status_code == 404


def test_a_list_keeps_what_the_catalogue_lost(stranger: Person, world: World) -> None:
    release = world.copies[world.copy_ids()[0]].release
    number = world.add_list("Memories", [release.id, 1])
    world.delete_release(release.id)
    titles = [item["display_title"] for item in stranger.get(f"/lists/{number}").json()["items"]]
    assert titles == [f"{release.artist} - {release.title}", ""]
