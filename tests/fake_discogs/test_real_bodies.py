"""Releases, masters, wants, lists and search of the fake have every key that was recorded or documented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.fake_discogs import World
from tests.fake_discogs.conftest import Person

pytestmark = pytest.mark.realdata

JOALLA = "joalla__discogs_client__"
RELEASES = (
    f"{JOALLA}releases_1",
    f"{JOALLA}releases_2",
    f"{JOALLA}releases_3",
    f"{JOALLA}releases_79",
    "calliostro__php-discogs-api__fixture_releases_146",
)


def body(shared_data: Path, name: str) -> Any:
    return json.loads((shared_data / "json" / f"{name}.json").read_text(encoding="utf-8"))


def keys(value: Any, path: str = "") -> set[str]:
    """The dotted names of all keys, every item of a list looked into."""
    if isinstance(value, list):
        return set().union(*(keys(item, path) for item in value))
    if isinstance(value, dict):
        return set().union(*({f"{path}.{name}"} | keys(item, f"{path}.{name}") for name, item in value.items()))
    return set()


def test_releases(shared_data: Path, owner: Person, world: World) -> None:
    ours = set().union(*(keys(owner.get(f"/releases/{number}").json()) for number in sorted(world.catalogue())[:80]))
    for name in RELEASES:
        assert keys(body(shared_data, name)) <= ours


def test_masters(shared_data: Path, owner: Person, world: World) -> None:
    numbers = [row.master_id for row in world.catalogue().values() if row.master_id][:20]
    ours = set().union(*(keys(owner.get(f"/masters/{number}").json()) for number in numbers))
    assert keys(body(shared_data, f"{JOALLA}masters_4242")) <= ours
    versions = owner.get(f"/masters/{numbers[0]}/versions").json()
    assert keys(body(shared_data, f"{JOALLA}masters_4242_versions_per_page=50&page=1")) <= keys(versions)


def test_wants_lists_and_search(shared_data: Path, owner: Person, world: World) -> None:
    number = world.add_list("Sunday", [world.copies[world.copy_ids()[0]].release.id])
    wants = keys(owner.get(f"/users/{world.seller.username}/wants").json())
    # Known from one old fixture only.
    assert keys(body(shared_data, f"{JOALLA}users_example_wants_per_page=50&page=1")) - {".wants.notes_public"} <= wants
    assert keys(body(shared_data, f"{JOALLA}lists_1")) <= keys(owner.get(f"/lists/{number}").json())
    found = keys(owner.get("/database/search", per_page=100).json())
    assert keys(body(shared_data, f"{JOALLA}database_search_q=trash80&per_page=50&page=1")) <= found
