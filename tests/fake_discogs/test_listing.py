"""A single listing, and who may see it."""

import pytest

from scripts.fake_discogs import World
from tests.fake_discogs.conftest import Person


def path(number: int) -> str:
    return f"/marketplace/listings/{number}"


@pytest.mark.parametrize("status", ["For Sale", "Draft", "Sold", "Expired"])
def test_the_owner_sees_it_whatever_its_status(owner: Person, world: World, status: str) -> None:
    answer = owner.get(path(world.ids(status)[0]))
    assert (answer.status_code, answer.json()["status"]) == (200, status)


def test_strangers_are_asked_who_they_are_for_a_draft(stranger: Person, other_user: Person, world: World) -> None:
    draft = world.ids("Draft")[0]
    assert stranger.get(path(draft)).status_code == 401
    assert other_user.get(path(draft)).status_code == 401


def test_a_deleted_one_is_not_found_at_once(owner: Person, world: World) -> None:
    number = world.for_sale_ids()[0]
    assert owner.get(path(number)).status_code == 200
    world.delete(number)
    answer = owner.get(path(number))
    assert (answer.status_code, answer.json()["message"]) == (404, "Item not found. It may have been deleted.")


def test_a_sale_shows_to_the_owner_and_hides_from_strangers(owner: Person, stranger: Person, world: World) -> None:
    number = world.for_sale_ids()[0]
    world.sell(number)
    assert owner.get(path(number)).json()["status"] == "Sold"
    assert stranger.get(path(number)).status_code == 404
    world.set_policy(sold_for_strangers=200)
    assert stranger.get(path(number)).json()["status"] == "Sold"


def test_the_anonymous_get_dollars_and_users_their_own_currency(stranger: Person, owner: Person, world: World) -> None:
    number = world.for_sale_ids()[0]
    price = float(world.listing(number).price)
    assert stranger.get(path(number)).json()["price"]["currency"] == "USD"
    assert stranger.get(path(number)).json()["original_price"]["value"] == price
    assert owner.get(path(number)).json()["price"] == {"value": price, "currency": "EUR"}
    assert owner.get(path(number), curr_abbr="GBP").json()["price"]["currency"] == "GBP"
    assert owner.get(path(number), curr_abbr="DOL").status_code == 422


def test_postage_is_told_to_a_buyer_only(other_user: Person, stranger: Person, world: World) -> None:
    number = world.for_sale_ids()[0]
    assert other_user.get(path(number)).json()["shipping_price"]["value"] > 0
    assert stranger.get(path(number)).json()["shipping_price"] == {}


def test_a_word_is_no_listing(owner: Person) -> None:
    assert owner.get("/marketplace/listings/first").status_code == 404
