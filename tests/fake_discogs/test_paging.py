"""Pages: clamped sizes, the addresses around them, what lies beyond, and what moves while one reads."""

import pytest

from scripts.fake_discogs import FakeDiscogs, World
from tests.fake_discogs.conftest import Person


def test_a_page_holds_50_rows_unless_told_otherwise_and_never_more_than_100(owner: Person) -> None:
    assert owner.inventory().json()["pagination"]["per_page"] == 50
    clamped = owner.inventory(per_page=500).json()
    assert clamped["pagination"]["per_page"] == 100
    assert len(clamped["listings"]) == 100


def test_addresses_of_a_first_middle_and_last_page(owner: Person) -> None:
    def urls(page: int) -> set[str]:
        return set(owner.inventory(status="All", per_page=100, page=page).json()["pagination"]["urls"])

    assert urls(1) == {"last", "next"}
    assert urls(2) == {"first", "prev", "last", "next"}
    assert urls(3) == {"first", "prev"}


def test_addresses_lead_to_the_pages_they_name_and_carry_no_credential(stranger: Person, fake: FakeDiscogs) -> None:
    answer = stranger.inventory(token=fake.token, status="Draft", per_page=2)
    following = answer.json()["pagination"]["urls"]["next"]
    assert fake.token not in following
    assert "status=Draft" in following
    assert "page=2&per_page=2" in following
    assert f'<{following}>; rel="next"' in answer.headers["Link"]


def test_one_page_has_no_addresses(owner: Person, world: World) -> None:
    answer = owner.get("/marketplace/orders", per_page=100)
    assert answer.json()["pagination"]["urls"] == {}
    assert "Link" not in answer.headers


def test_an_empty_shop_is_one_empty_page() -> None:
    with FakeDiscogs(World.generate(seed=1, listings=0, copies=0)) as fake:
        for token in (fake.token, None):
            somebody = Person(fake, token)
            answer = somebody.inventory().json()
            somebody.session.close()
            assert answer["listings"] == []
            assert answer["pagination"] == {"page": 1, "pages": 1, "per_page": 50, "items": 0, "urls": {}}


@pytest.mark.parametrize("page", [0, -1, 4, 99])
def test_pages_that_are_not_there(owner: Person, page: int) -> None:
    answer = owner.inventory(status="All", per_page=100, page=page)
    assert answer.status_code == 404
    assert answer.json()["message"] == f"Page {page} is outside of valid range [1, 1]."


def test_a_page_that_is_no_number_is_refused(owner: Person) -> None:
    assert owner.inventory(page="two").status_code == 422


def test_strangers_stop_at_the_cap_but_are_told_how_far_it_would_go(stranger: Person, owner: Person) -> None:
    inside = stranger.inventory(per_page=1, page=100)
    assert inside.status_code == 200
    assert inside.json()["pagination"]["pages"] > 200
    beyond = stranger.inventory(per_page=1, page=101)
    assert beyond.status_code == 403
    assert beyond.json()["message"] == "Pagination above 100 disabled for inventories besides your own"
    assert owner.inventory(per_page=1, page=101).status_code == 200


def test_hidden_listings_count_but_do_not_come(owner: Person, world: World) -> None:
    world.set_hidden(3)
    rows = owner.walk(status="All")
    assert sorted(row["id"] for row in rows) == sorted(world.listings)
    pagination = owner.inventory(status="All").json()["pagination"]
    assert pagination["items"] == len(rows) + 3


def test_a_removal_between_pages_shifts_the_rest(owner: Person, fake: FakeDiscogs, world: World) -> None:
    order = world.ids()
    fake.before_request(lambda number, _request: world.delete(order[0]) if number == 2 else None)
    seen = [row["id"] for row in owner.walk(status="All", sort="listed")]
    assert order[100] not in seen
    assert len(seen) == len(order) - 1


def test_an_addition_between_pages_repeats_a_row_when_newest_come_first(
    owner: Person, fake: FakeDiscogs, world: World
) -> None:
    fake.before_request(lambda number, _request: world.add() if number == 2 else None)
    seen = [row["id"] for row in owner.walk(status="All", sort="listed", sort_order="desc")]
    assert len(seen) == len(set(seen)) + 1


def test_a_reordered_shop_has_the_same_rows(owner: Person, world: World) -> None:
    before = [row["id"] for row in owner.walk(status="All")]
    world.reorder()
    after = [row["id"] for row in owner.walk(status="All")]
    assert before != after
    assert sorted(before) == sorted(after)
