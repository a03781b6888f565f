"""Faults of whole pages and of single rows."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from scripts.fake_discogs import FAULT_KINDS, ITEM_FAULTS, FakeDiscogs, Fault
from tests.fake_discogs.conftest import Person

ENVELOPE = sorted(name for name, kind in FAULT_KINDS.items() if kind.stage == "envelope")
Pages = Callable[..., tuple[Any, Any]]


@pytest.fixture
def page(fake: FakeDiscogs, owner: Person) -> Pages:
    """The second of three pages, without and with a fault."""

    def ask(kind: str, **args: Any) -> tuple[Any, Any]:
        query = {"status": "All", "sort": "listed", "per_page": 100, "page": 2}
        right = owner.inventory(**query).json()
        fake.faults.add(Fault(kind, page=2, args=args))
        return right, json.loads(owner.inventory(**query).text)

    return ask


def test_rows_go_missing_while_the_envelope_stands(page: Pages) -> None:
    right, wrong = page("empty_page")
    assert (wrong["listings"], wrong["pagination"]) == ([], right["pagination"])


@pytest.mark.parametrize(("args", "missing"), [({}, 30), ({"n": 1}, 1), ({"n": 500}, 100)])
def test_a_short_page_lacks_rows_at_its_end(page: Pages, args: dict[str, int], missing: int) -> None:
    right, wrong = page("short_page", **args)
    assert wrong["listings"] == right["listings"][: 100 - missing]


def test_a_long_page_and_a_repeated_row(page: Pages) -> None:
    right, wrong = page("long_page", n=5)
    assert wrong["listings"] == right["listings"] + right["listings"][:5]


def test_a_repeated_row_keeps_the_length(page: Pages) -> None:
    right, wrong = page("repeated_row")
    assert len(wrong["listings"]) == len(right["listings"])
    assert wrong["listings"][-1] == right["listings"][0]


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("pages_down", "pages", 2),
        ("pages_up", "pages", 4),
        ("items_down", "items", 229),
        ("items_up", "items", 231),
        ("pages_string", "pages", "3"),
        ("items_string", "items", "230"),
        ("pages_negative", "pages", -1),
        ("items_negative", "items", -1),
        ("pages_huge", "pages", 10**12),
        ("items_huge", "items", 10**12),
        ("pages_null", "pages", None),
        ("page_echo", "page", 3),
    ],
)
def test_one_number_of_the_envelope_is_wrong(page: Pages, kind: str, name: str, expected: object) -> None:
    right, wrong = page(kind)
    assert wrong["pagination"] == right["pagination"] | {name: expected}
    assert wrong["listings"] == right["listings"]


@pytest.mark.parametrize(("kind", "name"), [("pages_missing", "pages"), ("items_missing", "items")])
def test_one_number_of_the_envelope_is_absent(page: Pages, kind: str, name: str) -> None:
    assert name not in page(kind)[1]["pagination"]


def test_a_part_of_the_page_is_absent_or_of_another_kind(page: Pages, fake: FakeDiscogs) -> None:
    assert "listings" not in page("listings_missing")[1]
    fake.faults.clear()
    assert page("listings_null")[1]["listings"] is None
    fake.faults.clear()
    assert page("listings_object")[1]["listings"] == {}
    fake.faults.clear()
    assert "pagination" not in page("pagination_missing")[1]


def test_a_shop_may_seem_empty_or_nearly_so(page: Pages, fake: FakeDiscogs) -> None:
    emptied = page("emptied")[1]
    assert (emptied["listings"], emptied["pagination"]["items"], emptied["pagination"]["pages"]) == ([], 0, 1)
    fake.faults.clear()
    single = page("one_item")[1]
    assert (len(single["listings"]), single["pagination"]["items"]) == (1, 1)


def test_the_next_address_may_lead_elsewhere(page: Pages) -> None:
    assert page("next_evil", url="http://127.0.0.1:9/x")[1]["pagination"]["urls"]["next"] == "http://127.0.0.1:9/x"


def test_another_page_may_come_instead(page: Pages, owner: Person) -> None:
    _, wrong = page("swapped_page")
    assert wrong == owner.inventory(status="All", sort="listed", per_page=100, page=3).json()


def test_which_page_comes_instead_can_be_said(page: Pages) -> None:
    assert page("swapped_page", to=1)[1]["pagination"]["page"] == 1


@pytest.mark.parametrize("kind", ENVELOPE)
def test_every_envelope_fault_changes_the_page(page: Pages, kind: str) -> None:
    right, wrong = page(kind)
    assert right != wrong


@pytest.mark.parametrize("name", sorted(ITEM_FAULTS))
def test_every_item_fault_changes_one_row_and_keeps_the_rest(page: Pages, name: str) -> None:
    right, wrong = page("item", name=name, row=7)
    assert len(wrong["listings"]) == 100
    different = [place for place in range(100) if wrong["listings"][place] != right["listings"][place]]
    assert different == ([8] if name == "id_duplicate" else [7])


def test_a_row_is_chosen_by_place_name_or_id(page: Pages, fake: FakeDiscogs) -> None:
    right, wrong = page("item", name="id_zero", row="last")
    assert wrong["listings"][99]["id"] == 0
    fake.faults.clear()
    number = right["listings"][5]["id"]
    assert page("item", name="id_zero", row=number)[1]["listings"][5]["id"] == 0
    fake.faults.clear()
    assert page("item", name="id_zero")[1]["listings"][50]["id"] == 0
    fake.faults.clear()
    assert {row["id"] for row in page("item", name="id_zero", row="all")[1]["listings"]} == {0}


def test_a_row_may_be_changed_by_any_function_or_dropped(page: Pages, fake: FakeDiscogs) -> None:
    assert page("item", mutate=lambda row: {"only": row["id"]})[1]["listings"][50].keys() == {"only"}
    fake.faults.clear()
    assert len(page("item", mutate=lambda row: None)[1]["listings"]) == 99


def test_texts_arrive_as_they_were_meant(page: Pages, fake: FakeDiscogs) -> None:
    expected = {
        "title_surrogate": "Half \ud800 Pair",
        "title_nul": "Nul\x00Inside",
        "title_emoji": "👨\u200d👩\u200d👧",
    }
    for name, text in expected.items():
        assert text in page("item", name=name)[1]["listings"][50]["release"]["title"]
        fake.faults.clear()


def test_numbers_beyond_floats_are_written_out(fake: FakeDiscogs, owner: Person) -> None:
    fake.faults.add(Fault("item", name="price_infinite", hits=[1]), Fault("item", name="price_12_decimals", hits=[2]))
    assert '"value":1e400' in owner.inventory().text
    assert '"value":12.345678901234' in owner.inventory().text
