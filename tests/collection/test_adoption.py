"""A collection that was imported from the website's file before the first sync is the collection of that sync."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.shelf_matching import OURS
from app.extensions import db
from app.formats.album_csv import website_columns, website_row
from app.formats.csv_text import csv_text
from app.models.streams import COLLECTION
from app.services.csv_intake import ImportRequest
from app.services.shelf_import import ShelfImport
from scripts.fake_discogs import World
from tests.collection.conftest import ShelfMirror, change_settings
from tests.invariants import assert_sound

Imported = Callable[..., ShelfMirror]
FIELDS = {1: "Media Condition", 2: "Sleeve Condition", 3: "Notes"}


@pytest.fixture
def world() -> World:
    """Two pages of copies."""
    return World.generate(seed=5, listings=5, copies=130)


@pytest.fixture
def imported(mirror: ShelfMirror, tmp_path: Path) -> Imported:
    """Puts the website's file of the collection, or of these copies of it, into the empty mirror."""

    def put(*numbers: int) -> ShelfMirror:
        path = tmp_path / "collection.csv"
        columns, header = website_columns(FIELDS)
        rows = [website_row(item, FIELDS) for item in items(mirror.world, set(numbers))]
        path.write_bytes(b"".join(csv_text(columns, [rows], header=header)))
        request = ImportRequest(path, seller=mirror.world.seller.username, as_of=mirror.clock())
        with ShelfImport(request) as work:
            assert work.run().stored == len(rows)
        assert all(number >= OURS for number in mirror.live())
        return mirror

    return put


def items(world: World, numbers: set[int]) -> list[dict[str, object]]:
    """What the website writes of copies."""
    shelf = world.shelf()
    folders = {folder.id: folder.name for folder in shelf.folders}
    return [
        {
            "catalog_number": copy.release.catalog_number,
            "artist": copy.release.artist,
            "title": copy.release.title,
            "label": copy.release.label,
            "format": "LP",
            "rating": shelf.rating(copy.release.id) or None,
            "year": copy.release.year,
            "release_id": str(copy.release.id),
            "folder": folders[copy.folder_id],
            "date_added": copy.added.isoformat(),
            "notes": [],
        }
        for number, copy in shelf.copies.items()
        if not numbers or number in numbers
    ]


def test_the_first_sync_takes_every_copy_for_the_one_that_was_imported(imported: Imported) -> None:
    mirror = imported()
    before = {row.created_at for row in mirror.rows().values()}
    run = mirror.sync()
    assert (run["outcome"], run["added"], run["removed"]) == ("applied", 0, 0)
    assert run["updated"] == len(mirror.world.copies)
    assert mirror.live() == set(mirror.rows()) == set(mirror.world.copies)
    assert {row.created_at for row in mirror.rows().values()} == before
    assert {row.told_at for row in mirror.rows().values()} == {None}
    assert_sound(db.engine)
    again = mirror.sync()
    assert (again["unchanged"], again["updated"]) == (len(mirror.world.copies), 0)


def test_what_is_no_more_and_what_is_new_is_told_apart(imported: Imported) -> None:
    mirror = imported()
    gone = min(mirror.world.copies)
    mirror.world.remove_copy(gone)
    new = mirror.world.add_copy()
    run = mirror.sync()
    assert (run["outcome"], run["added"], run["removed"]) == ("applied", 1, 1)
    assert mirror.live() == set(mirror.world.copies) >= {new}
    assert_sound(db.engine)


def test_copies_alike_are_as_many_as_before(imported: Imported, world: World) -> None:
    release = next(iter(world.copies.values())).release.id
    twins = [world.add_copy(release), world.add_copy(release)]
    mirror = imported(*twins)
    run = mirror.sync()
    assert (run["added"], run["updated"]) == (len(world.copies) - 2, 2)
    assert mirror.live() == set(world.copies)


def test_a_sync_that_only_adds_changes_nothing_but_the_numbers(imported: Imported) -> None:
    change_settings(collection_sync_policy="add_only")
    mirror = imported()
    titles = sorted(row.title for row in mirror.rows().values())
    run = mirror.sync()
    assert (run["added"], run["updated"], run["unchanged"]) == (0, 0, len(mirror.world.copies))
    assert mirror.live() == set(mirror.world.copies)
    assert sorted(row.title for row in mirror.rows().values()) == titles
    assert_sound(db.engine)


def test_a_part_of_the_collection_is_adopted_in_part(imported: Imported) -> None:
    mirror = imported()
    assert mirror.sync(limit=100)["outcome"] == "applied_no_removals"
    assert len(mirror.live()) == len(mirror.world.copies)
    assert len([number for number in mirror.live() if number >= OURS]) == len(mirror.world.copies) - 100
    assert_sound(db.engine)
    assert mirror.sync()["removed"] == 0
    assert mirror.live() == set(mirror.world.copies)


def test_a_run_that_fails_leaves_every_number_as_it_was(imported: Imported) -> None:
    mirror = imported()
    before = mirror.rows(COLLECTION)
    mirror.world.revoke_token()
    assert mirror.sync()["outcome"] == "failed"
    assert mirror.rows(COLLECTION) == before


def test_strangers_eyes_keep_what_the_file_told(imported: Imported) -> None:
    mirror = imported()
    change_settings(discogs_token=None)
    assert mirror.sync()["added"] == 0
    assert mirror.live() == set(mirror.world.copies)
