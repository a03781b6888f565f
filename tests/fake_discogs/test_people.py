"""Identity, profiles, orders, the collection, the catalogue."""

import pytest

from scripts.fake_discogs import World
from scripts.fake_discogs.vocabulary import MUST_AUTHENTICATE, PRIVATE
from tests.fake_discogs.conftest import Person


def test_identity_needs_a_user(owner: Person, stranger: Person, world: World) -> None:
    assert owner.get("/oauth/identity").json() == {
        "id": world.seller.id,
        "username": world.seller.username,
        "resource_url": f"{owner.fake.url}/users/{world.seller.username}",
        "consumer_name": "ShopMirror",
    }
    refused = stranger.get("/oauth/identity")
    assert (refused.status_code, refused.json()["message"]) == (401, MUST_AUTHENTICATE)


def test_a_profile_tells_its_owner_more(owner: Person, stranger: Person, world: World) -> None:
    mine = owner.get(f"/users/{world.seller.username.lower()}").json()
    theirs = stranger.get(f"/users/{world.seller.username}").json()
    assert (mine["curr_abbr"], theirs["curr_abbr"]) == ("EUR", "")
    assert {"email", "num_unread"} <= set(mine)
    assert not {"email", "num_unread"} & set(theirs)
    assert mine["username"] == world.seller.username
    assert theirs["num_for_sale"] == len(world.for_sale_ids())


def test_orders_name_the_listings_that_were_sold(
    owner: Person, stranger: Person, other_user: Person, world: World
) -> None:
    sold = world.for_sale_ids()[0]
    world.sell(sold)
    answer = owner.get("/marketplace/orders", per_page=100, sort_order="desc").json()
    newest = answer["orders"][0]
    assert [item["id"] for item in newest["items"]] == [sold]
    assert newest["id"].startswith(f"{world.seller.id}-")
    assert owner.get(f"/marketplace/orders/{newest['id']}").json() == newest
    assert stranger.get("/marketplace/orders").status_code == 401
    assert other_user.get("/marketplace/orders").json()["orders"] == []
    assert other_user.get(f"/marketplace/orders/{newest['id']}").status_code == 403
    assert owner.get("/marketplace/orders/1-1").status_code == 404


def collection(world: World, rest: str) -> str:
    return f"/users/{world.seller.username}/collection/{rest}"


def test_folder_zero_holds_every_copy_once(owner: Person, world: World) -> None:
    rows = owner.get(collection(world, "folders/0/releases"), per_page=100, sort="added").json()["releases"]
    assert sorted(row["instance_id"] for row in rows) == sorted(world.copies)
    assert len({row["id"] for row in rows}) < len(rows)
    assert all(("notes" in row) == bool(world.copies[row["instance_id"]].notes) for row in rows)


def test_folders_are_the_owner_s_affair_but_for_the_first(owner: Person, stranger: Person, world: World) -> None:
    folders = owner.get(collection(world, "folders")).json()["folders"]
    assert sum(folder["count"] for folder in folders if folder["id"]) == folders[0]["count"] == len(world.copies)
    assert [folder["id"] for folder in stranger.get(collection(world, "folders")).json()["folders"]] == [0]
    assert owner.get(collection(world, "folders/1/releases")).status_code == 200
    assert stranger.get(collection(world, "folders/1/releases")).status_code == 403
    assert owner.get(collection(world, "folders/77")).status_code == 404
    assert owner.get(collection(world, "folders/1")).json()["name"] == "Uncategorized"


def test_private_fields_are_for_the_owner(owner: Person, stranger: Person, world: World) -> None:
    def noted(person: Person) -> set[int]:
        rows = person.get(collection(world, "folders/0/releases"), per_page=100).json()["releases"]
        return {note["field_id"] for row in rows for note in row.get("notes", [])}

    assert noted(owner) == {1, 2, 3, 4}
    assert noted(stranger) == {1, 2, 3}
    assert [field["id"] for field in owner.get(collection(world, "fields")).json()["fields"]] == [1, 2, 3, 4]
    assert stranger.get(collection(world, "fields")).status_code == 403


def test_the_value_is_text_for_the_owner(owner: Person, stranger: Person, world: World) -> None:
    assert owner.get(collection(world, "value")).json()["minimum"].startswith("€")
    assert stranger.get(collection(world, "value")).status_code == 403


@pytest.mark.parametrize("rest", ["folders", "folders/0/releases", "fields", "value"])
def test_a_private_collection_is_closed_altogether(owner: Person, stranger: Person, world: World, rest: str) -> None:
    world.set_private()
    refused = stranger.get(collection(world, rest))
    assert (refused.status_code, refused.json()["message"]) == (403, PRIVATE)
    assert owner.get(collection(world, rest)).status_code == 200


def test_the_newer_back_end_explains_bad_values_and_sends_no_link(owner: Person, world: World) -> None:
    refused = owner.get(collection(world, "folders/0/releases"), sort="colour")
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["query", "sort"]
    assert "Link" not in owner.get(collection(world, "folders/0/releases")).headers


def test_covers_are_drawn_the_same_each_time(stranger: Person) -> None:
    large, again = stranger.get("/covers/54707.svg"), stranger.get("/covers/54707.svg")
    assert large.headers["Content-Type"] == "image/svg+xml"
    assert large.content == again.content
    assert b'width="150"' in stranger.get("/covers/54707-150.svg").content
    assert stranger.get("/covers/54708.svg").content != large.content
    assert stranger.get("/covers/54707.png").status_code == 404


def test_pictures_cost_no_budget(stranger: Person) -> None:
    assert "x-discogs-ratelimit" not in stranger.get("/covers/1.svg").headers
