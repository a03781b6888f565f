"""The inventory: who sees what, in which order, and what is refused."""

import html
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from scripts.fake_discogs import FakeDiscogs, World
from scripts.fake_discogs.vocabulary import INVALID_TOKEN
from tests.fake_discogs.conftest import Person

OWNER_KEYS = {"weight", "estimated_weight", "format_quantity", "external_id", "location", "quantity"}


def test_the_owner_sees_every_status_and_every_key(owner: Person, world: World) -> None:
    rows = owner.walk(status="All")
    assert sorted(row["id"] for row in rows) == sorted(world.listings)
    assert all(OWNER_KEYS | {"in_cart"} <= set(row) for row in rows)
    assert all(row["release"]["images"] and row["release"]["thumbnail"] for row in rows)


def test_a_stranger_sees_what_is_for_sale_without_owner_keys_and_pictures(stranger: Person, world: World) -> None:
    rows = stranger.walk()
    assert sorted(row["id"] for row in rows) == sorted(world.for_sale_ids())
    assert not any((OWNER_KEYS | {"in_cart"}) & set(row) for row in rows)
    assert all(row["release"]["thumbnail"] == "" and row["release"]["images"] == [] for row in rows)
    assert not any("user" in row["release"]["stats"] for row in rows)


def test_another_user_sees_carts_and_pictures_but_no_owner_keys(other_user: Person) -> None:
    row = other_user.inventory().json()["listings"][0]
    assert row["in_cart"] is False
    assert row["release"]["thumbnail"]
    assert not OWNER_KEYS & set(row)


def test_a_stranger_s_status_filter_is_ignored(stranger: Person, other_user: Person) -> None:
    for person in (stranger, other_user):
        answer = person.inventory(status="Draft")
        assert answer.status_code == 200
        assert {row["status"] for row in answer.json()["listings"]} == {"For Sale"}
        assert person.inventory(status="nonsense").status_code == 200


@pytest.mark.parametrize("status", ["For Sale", "Draft", "Sold", "Expired"])
def test_the_owner_may_ask_for_one_status(owner: Person, world: World, status: str) -> None:
    assert [row["id"] for row in owner.walk(status=status, sort="listed")] == world.ids(status)


def test_statuses_are_matched_to_the_letter(owner: Person) -> None:
    answer = owner.inventory(status="for sale")
    assert answer.status_code == 422
    assert answer.json() == {
        "message": "Invalid status: expected one of All, Deleted, Draft, Expired, For Sale, Sold, Suspended, Violation."
    }


def test_listed_sorts_by_posting_time_and_then_by_id(owner: Person, world: World) -> None:
    ascending = [row["id"] for row in owner.walk(status="All", sort="listed", sort_order="asc")]
    assert ascending == world.ids()
    descending = [row["id"] for row in owner.walk(status="All", sort="listed", sort_order="desc")]
    assert descending == ascending[::-1]


def test_prices_sort_as_numbers(stranger: Person) -> None:
    prices = [row["original_price"]["value"] for row in stranger.walk(sort="price", sort_order="asc")]
    assert prices == sorted(prices)


def test_only_the_owner_sorts_by_location(owner: Person, stranger: Person) -> None:
    assert owner.inventory(sort="location").status_code == 200
    refused = stranger.inventory(sort="location")
    assert refused.status_code == 422
    assert refused.json()["message"].startswith("Invalid sort: expected one of ")
    assert owner.inventory(sort="colour").status_code == 422


def test_the_anonymous_get_an_empty_shop_when_they_sort_by_status(stranger: Person, other_user: Person) -> None:
    assert stranger.inventory(sort="status").json()["pagination"]["items"] == 0
    assert other_user.inventory(sort="status").json()["pagination"]["items"] > 0


def test_comments_are_escaped_for_html(owner: Person, world: World) -> None:
    number = world.add(comments='Plays -> fine & "loud"')
    answer = owner.get(f"/marketplace/listings/{number}").json()
    assert answer["comments"] == 'Plays -&gt; fine &amp; "loud"'
    assert html.unescape(answer["comments"]) == world.listing(number).comments


@pytest.mark.parametrize(
    ("day", "offset"), [("2026-01-15T20:00:00+00:00", "-08:00"), ("2026-07-15T20:00:00+00:00", "-07:00")]
)
def test_posted_carries_the_pacific_offset_of_its_day(owner: Person, world: World, day: str, offset: str) -> None:
    number = world.add(posted=day)
    posted = owner.get(f"/marketplace/listings/{number}").json()["posted"]
    assert posted.endswith(offset)
    assert datetime.fromisoformat(posted) == datetime.fromisoformat(day)


def test_the_price_a_stranger_sees_may_be_converted_while_the_original_stays_exact(
    stranger: Person, world: World
) -> None:
    world.set_policy(convert_inventory_to="USD")
    number = world.add(price=Decimal("18.50"))
    row = next(row for row in stranger.walk() if row["id"] == number)
    assert row["price"]["currency"] == "USD"
    assert len(str(row["price"]["value"])) > 8
    assert row["original_price"] == {"curr_abbr": "EUR", "curr_id": 3, "formatted": "€18.50", "value": 18.5}
    assert row["shipping_price"] == row["original_shipping_price"] == {}


def test_user_names_match_in_any_case(owner: Person, world: World) -> None:
    answer = owner.get(f"/users/{world.seller.username.upper()}/inventory").json()
    assert answer["listings"][0]["seller"]["username"] == world.seller.username


def test_an_unknown_user_is_not_found(owner: Person) -> None:
    answer = owner.get("/users/nobody-of-that-name/inventory")
    assert (answer.status_code, answer.json()["message"]) == (404, "User does not exist or may have been deleted.")


def test_a_wrong_token_is_refused_rather_than_ignored(person: Callable[..., Person]) -> None:
    answer = person("not-a-token").inventory()
    assert (answer.status_code, answer.json()) == (401, {"message": INVALID_TOKEN})


def test_credentials_may_come_in_the_query(stranger: Person, fake: FakeDiscogs) -> None:
    as_owner = stranger.inventory(token=fake.token, status="Draft").json()
    assert {row["status"] for row in as_owner["listings"]} == {"Draft"}
    keys = {"key": fake.world.consumer_key, "secret": fake.world.consumer_secret}
    assert stranger.inventory(**keys).json()["listings"][0]["release"]["thumbnail"]
    assert stranger.inventory(key=fake.world.consumer_key, secret="wrong").status_code == 401


def test_a_revoked_token_and_a_foreign_one(owner: Person, world: World) -> None:
    world.foreign_identity()
    assert owner.get("/oauth/identity").json()["username"] == world.stranger.username
    assert "location" not in owner.inventory().json()["listings"][0]
    world.revoke_token()
    assert owner.inventory().status_code == 401


def test_a_renamed_seller_keeps_the_id(owner: Person, world: World) -> None:
    old = world.seller
    world.rename_seller("Cellar_Door_2")
    assert owner.get(f"/users/{old.username}/inventory").status_code == 404
    told = owner.get("/oauth/identity").json()
    assert (told["id"], told["username"]) == (old.id, "Cellar_Door_2")
    assert owner.inventory().json()["listings"][0]["seller"]["username"] == "Cellar_Door_2"


def test_without_a_user_agent_the_edge_answers(fake: FakeDiscogs, owner: Person) -> None:
    owner.session.headers["User-Agent"] = None  # type: ignore[assignment]  # requests' way to send none
    answer = owner.inventory()
    # requests fills in its own; an empty one is as good as none.
    owner.session.headers["User-Agent"] = ""
    answer = owner.inventory()
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_trailing_slash_and_a_wrong_verb(owner: Person, world: World) -> None:
    assert owner.get(f"/users/{world.seller.username}/inventory/").status_code == 404
    refused = owner.post(f"/users/{world.seller.username}/inventory")
    assert (refused.status_code, refused.json()["message"]) == (405, "Method POST is not allowed for this resource.")
