"""The fake against what was recorded of the real one: shapes, headers, six snapshots of a real shop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.fake_discogs import FakeDiscogs, World
from scripts.fake_discogs.snapshots import COLUMNS
from tests.fake_discogs.conftest import Person

pytestmark = pytest.mark.realdata

SHOP = "inventory_csv/Blackmarmalade__blackmarmalade.github.io__discogs"
RECORDED = "json/damidhagor__DiscogsApiClient__"
# snapshot, rows, added, gone, changed, of which price
TABLE = [
    ("xxx_2017-09-22_cb8a857", 865, 865, 0, 0, 0),
    ("_2017-10-12_53f5a05", 972, 130, 23, 135, 6),
    ("_2017-12-11_f4a256d", 1251, 346, 67, 771, 9),
    ("_2017-12-20_668ab0f", 1341, 104, 14, 32, 21),
    ("_2018-01-05_cc8240c", 1429, 109, 21, 19, 3),
    ("_2018-02-15_a8c5d34", 1672, 417, 174, 93, 27),
]


def snapshot(shared_data: Path, name: str) -> Path:
    return shared_data / f"{SHOP}{name}.csv"


def recorded(shared_data: Path, name: str) -> Any:
    return json.loads((shared_data / f"{RECORDED}{name}.json").read_text(encoding="utf-8"))


def keys(value: Any, path: str = "") -> set[str]:
    """The dotted names of all keys, lists looked into."""
    if isinstance(value, list):
        return set().union(*(keys(item, path) for item in value[:1]))
    if isinstance(value, dict):
        return set().union(*({f"{path}.{name}"} | keys(item, f"{path}.{name}") for name, item in value.items()))
    return set()


def test_the_six_snapshots_follow_each_other_as_counted(shared_data: Path) -> None:
    world = World(seller="Shop", currency="EUR")
    for name, rows, added, gone, changed, repriced in TABLE:
        before = dict(world.listings)
        world.load_export_csv(snapshot(shared_data, name))
        after = world.listings
        both = before.keys() & after.keys()
        assert len(after) == rows
        assert (len(after.keys() - before.keys()), len(before.keys() - after.keys())) == (added, gone)
        assert sum(before[key] != after[key] for key in both) == changed
        assert sum(before[key].price != after[key].price for key in both) == repriced


def test_a_real_shop_is_served_whole(shared_data: Path) -> None:
    world = World.from_export_csv(snapshot(shared_data, TABLE[-1][0]), seller="Shop", currency="EUR")
    with FakeDiscogs(world) as fake:
        owner = Person(fake, fake.token)
        rows = owner.walk(status="All", sort="listed")
        owner.session.close()
    assert [row["id"] for row in rows] == world.ids()


def test_the_empty_and_the_one_row_export_of_2026_are_written_byte_for_byte(shared_data: Path) -> None:
    for path in sorted((shared_data / "inventory_csv").glob("damidhagor*")):
        world = World.from_export_csv(path, seller="DamIDhagor", currency="EUR")
        assert world.to_export_csv() == path.read_bytes()


def test_the_columns_are_those_of_2026(shared_data: Path) -> None:
    [recording] = recorded(shared_data, "Inventory.DownloadInventoryExport_WhenExportHasListings")
    assert recording["responseBody"].split("\r\n")[0] == ",".join(COLUMNS)


def test_a_listing_has_the_keys_that_its_owner_really_gets(shared_data: Path, owner: Person) -> None:
    real = recorded(shared_data, "Marketplace.GetInventory_owner_vs_anonymous_draft.transcribed")[0]["body"]
    ours = owner.inventory(status="Draft").json()
    assert keys(ours["listings"]) == keys(real["listings"])
    assert set(ours["pagination"]) == set(real["pagination"])


def test_a_listing_has_the_keys_that_strangers_really_get(shared_data: Path, stranger: Person) -> None:
    real = recorded(shared_data, "Marketplace.GetInventory_page1_anonymous.transcribed")["body"]
    ours = stranger.inventory(per_page=3).json()
    assert keys(ours["listings"]) == keys(real["listings"])
    assert keys(ours["pagination"]) == keys(real["pagination"])


def test_values_are_of_the_types_that_were_recorded(shared_data: Path, owner: Person) -> None:
    real = recorded(shared_data, "Marketplace.GetInventory_owner_vs_anonymous_draft.transcribed")[0]["body"]
    theirs, ours = real["listings"][0], owner.inventory(status="Draft").json()["listings"][0]
    for name, value in theirs.items():
        assert type(ours[name]) is type(value), name
    for name, value in theirs["seller"].items():
        assert type(ours["seller"][name]) is type(value), name


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Inventory.GetInventoryExports_WhenExportsExist", "/inventory/export"),
        ("Marketplace.GetInventory_404_UsernameDoesNotExist", "/users/awrbaerhnqw54/inventory"),
        ("Collection.GetCollectionFolders_WhenUsernameIsValid", "/users/{}/collection/folders"),
    ],
)
def test_answers_carry_the_headers_that_were_recorded(
    shared_data: Path, owner: Person, world: World, name: str, path: str
) -> None:
    [recording] = recorded(shared_data, name)
    owner.post("/inventory/export")
    answer = owner.get(path.format(world.seller.username))
    assert answer.status_code == recording["responseStatusCode"]
    expected = {header.lower() for header in recording["responseHeaders"]}
    # Transport, cookies and the edge's own marks are nothing a client of the API reads.
    expected -= {"transfer-encoding", "set-cookie", "cf-ray", "alt-svc"}
    assert expected <= {header.lower() for header in answer.headers}
    body = json.loads(recording["responseBody"])
    assert keys(body) <= keys(answer.json()) | {".items", ".pagination"}


def test_copies_and_fields_have_the_keys_that_were_recorded(shared_data: Path, owner: Person, world: World) -> None:
    [recording] = recorded(shared_data, "Collection.GetCollectionFolderReleases_same_release_seven_instances")
    real = json.loads(recording["responseBody"])["releases"][0]
    path = f"/users/{world.seller.username}/collection"
    rows = owner.get(f"{path}/folders/0/releases", per_page=100).json()["releases"]
    assert keys(real) - {".notes", ".notes.field_id", ".notes.value"} <= set().union(*(keys(row) for row in rows))
    [recording] = recorded(shared_data, "Collection.GetCollectionFields_WhenUsernameIsValid")
    real_fields = json.loads(recording["responseBody"])["fields"]
    ours = owner.get(f"{path}/fields").json()["fields"]
    for kind in ("dropdown", "textarea"):
        [theirs] = [field for field in real_fields if field["type"] == kind]
        assert all(set(field) == set(theirs) for field in ours if field["type"] == kind)
