"""Which requests a fault hits."""

from typing import Any

import pytest

from scripts.fake_discogs import FakeDiscogs, Fault, Faults, World
from tests.fake_discogs.conftest import Person


def statuses(owner: Person, pages: list[int], **query: Any) -> list[int]:
    return [owner.inventory(status="All", per_page=100, page=page, **query).status_code for page in pages]


@pytest.mark.parametrize(("page", "hit"), [(1, 1), ("first", 1), ("middle", 2), ("last", 3), (3, 3)])
def test_a_page_is_a_number_or_a_place(fake: FakeDiscogs, owner: Person, page: int | str, hit: int) -> None:
    fake.faults.add(Fault("status", page=page))
    assert statuses(owner, [1, 2, 3]) == [500 if number == hit else 200 for number in (1, 2, 3)]


def test_hits_count_matching_requests_only(fake: FakeDiscogs, owner: Person) -> None:
    fake.faults.add(Fault("status", page=2, hits=[2, 3]))
    assert statuses(owner, [1, 2, 1, 2, 2, 2]) == [200, 200, 200, 500, 500, 200]


def test_paths_are_globs(fake: FakeDiscogs, owner: Person) -> None:
    fake.faults.add(Fault("status", path="/marketplace/*"))
    number = fake.world.ids()[0]
    assert owner.get(f"/marketplace/listings/{number}").status_code == 500
    assert owner.inventory().status_code == 200


def test_without_a_path_the_inventory_is_meant(fake: FakeDiscogs, owner: Person) -> None:
    fake.faults.add(Fault("status"))
    assert owner.get("/oauth/identity").status_code == 200
    assert owner.inventory().status_code == 500


def test_a_method_can_be_asked_for(fake: FakeDiscogs, owner: Person) -> None:
    fake.faults.add(Fault("status", path="/inventory/export", method="POST", status=409))
    assert owner.get("/inventory/export").status_code == 200
    assert owner.post("/inventory/export").status_code == 409


def test_several_faults_add_up(fake: FakeDiscogs, owner: Person) -> None:
    fake.faults.add(Fault("bom"), Fault("pages_up"), Fault("item", name="id_zero", row=0))
    body = owner.inventory(per_page=100, status="All").content
    assert body.startswith(b"\xef\xbb\xbf")
    assert b'"pages":4' in body
    assert b'"id":0' in body


def test_a_cleared_plan_hits_nobody(fake: FakeDiscogs, owner: Person) -> None:
    fake.faults.add(Fault("status"))
    fake.faults.clear()
    assert owner.inventory().status_code == 200


def test_unknown_kinds_and_item_faults_are_refused_when_made() -> None:
    with pytest.raises(ValueError, match="unknown fault kind 'gremlin'"):
        Fault("gremlin")
    with pytest.raises(ValueError, match="unknown item fault 'gremlin'"):
        Fault("item", name="gremlin")
    with pytest.raises(ValueError, match="unknown item fault None"):
        Fault("item")


def test_a_fault_shows_what_it_is() -> None:
    assert repr(Fault("status", page=3, status=503)).startswith("Fault('status', path='/users/*/inventory', page=3")


def test_a_drawn_plan_is_the_same_for_the_same_seed() -> None:
    assert [repr(fault) for fault in Faults.from_seed(4)] == [repr(fault) for fault in Faults.from_seed(4)]
    assert all(1 <= len(Faults.from_seed(seed)) <= 4 for seed in range(50))


def test_faults_of_the_collection(world: World, fake: FakeDiscogs, owner: Person) -> None:
    path = f"/users/{world.seller.username}/collection/folders/0/releases"
    fake.faults.add(Fault("empty_page", path="*/collection/folders/0/releases", page=2))
    assert owner.get(path, page=1).json()["releases"]
    assert owner.get(path, page=2).json()["releases"] == []


def test_an_error_page_has_no_envelope_to_spoil(fake: FakeDiscogs, owner: Person) -> None:
    fake.faults.add(Fault("pages_up"), Fault("item", name="id_zero"))
    assert owner.inventory(page=99).status_code == 404
