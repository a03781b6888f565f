"""Real exports of collections and wantlists, served as if their owners were asked."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from scripts.fake_discogs import FakeDiscogs, World
from scripts.fake_discogs.snapshots import pacific
from tests.fake_discogs.conftest import Person

OWNERS = (
    "Blackmarmalade__blackmarmalade.github.io__discogs",
    "chrisblammo123__discogs-collection-bbcode-converter__collection",
)
DATED = "mouse-reeve__record-catalogue__"


@pytest.fixture
def empty() -> World:
    return World(seller="Reader", currency="USD")


def collection(shared_data: Path, name: str) -> Path:
    return shared_data / "collection_csv" / f"{name}.csv"


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def served(world: World, rest: str, key: str) -> list[dict[str, Any]]:
    with FakeDiscogs(world) as fake:
        person = Person(fake, fake.token)
        rows: list[dict[str, Any]] = []
        number = pages = 1
        while number <= pages:
            answer = person.get(f"/users/Reader/{rest}", page=number, per_page=100).json()
            rows += answer[key]
            number, pages = number + 1, answer["pagination"]["pages"]
        person.session.close()
    return rows


@pytest.mark.realdata
@pytest.mark.parametrize("name", OWNERS)
def test_a_real_collection_is_served_whole(shared_data: Path, empty: World, name: str) -> None:
    path = collection(shared_data, name)
    empty.load_collection_csv(path)
    rows = {row["id"]: row for row in served(empty, "collection/folders/0/releases", "releases")}
    folders = {folder.id: folder.name for folder in empty.folders}
    fields = {field.name: field.id for field in empty.fields}
    file = lines(path)
    assert set(rows) == {int(line["release_id"]) for line in file}
    for line in file:
        row = rows[int(line["release_id"])]
        told = row["basic_information"]
        notes = {note["field_id"]: note["value"] for note in row.get("notes", [])}
        assert folders[row["folder_id"]] == line["CollectionFolder"]
        assert (told["title"], told["artists"][0]["name"]) == (line["Title"], line["Artist"])
        assert (row["rating"], told["year"]) == (int(line["Rating"] or 0), int(line["Released"]))
        assert row["date_added"][:19].replace("T", " ") == line["Date Added"]
        for column in ("Media Condition", "Sleeve Condition", "Notes"):
            assert notes.get(fields[column], "") == line[f"Collection {column}"]


@pytest.mark.realdata
def test_the_next_export_keeps_instances_and_brings_new_ones(shared_data: Path, empty: World) -> None:
    empty.load_collection_csv(collection(shared_data, f"{DATED}collection_2015-06-25_4ab1e74"))
    before = dict(empty.copies)
    empty.load_collection_csv(collection(shared_data, f"{DATED}collection_2015-11-21_047a7cf"))
    after = empty.copies
    assert (len(before), len(after)) == (53, 68)
    both = before.keys() & after.keys()
    assert {before[key].release.id for key in both} == {c.release.id for c in before.values()} & {
        c.release.id for c in after.values()
    }
    assert any(before[key] is after[key] for key in both)
    assert {"Purchased At", "Color"} <= {field.name for field in empty.fields}


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "count"), [("2015-06-25_4ab1e74", 21), ("2016-02-01_8a34ee6", 29)])
def test_a_real_wantlist_has_its_dates(shared_data: Path, empty: World, name: str, count: int) -> None:
    empty.load_wantlist_csv(shared_data / "wantlist_csv" / f"{DATED}wantlist_{name}.csv")
    rows = {row["id"]: row for row in served(empty, "wants", "wants")}
    assert len(rows) == count
    assert rows[4619668]["date_added"] == "2014-12-06T21:34:01-08:00"
    assert rows[4619668]["basic_information"]["artists"][0]["name"] == "Patti Smith"


def test_what_the_website_lets_download_reads_back_as_it_was(world: World, tmp_path: Path) -> None:
    path = tmp_path / "collection.csv"
    path.write_bytes(world.to_collection_csv())
    before = dict(world.copies)
    world.load_collection_csv(path)
    assert world.copies.keys() == before.keys()
    names = {folder.id: folder.name for folder in world.folders}
    for number, copy in world.copies.items():
        was = before[number]
        assert (copy.added, copy.rating, copy.notes) == (was.added, was.rating, was.notes)
        assert names[copy.folder_id] == names[was.folder_id]


def test_the_download_looks_like_that_of_the_website(world: World) -> None:
    text = world.to_collection_csv().decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == [
        "Catalog#", "Artist", "Title", "Label", "Format", "Rating", "Released", "release_id", "CollectionFolder",
        "Date Added", "Collection Media Condition", "Collection Sleeve Condition", "Collection Notes",
        "Collection Purchased At",
    ]  # fmt: skip
    assert len(rows) == len(world.copies)
    assert [row[9] for row in rows] == [
        pacific(copy.added) for copy in sorted(world.copies.values(), key=lambda c: c.added)
    ]
    assert "" in {row[5] for row in rows}
    assert "0" in {row[6] for row in rows}
    assert text.endswith("\r\n")


def test_copies_gone_from_the_file_are_gone(world: World, tmp_path: Path) -> None:
    path = tmp_path / "collection.csv"
    gone, *kept = world.copy_ids()
    release = world.copies[gone].release
    before = world.copies[gone]
    world.remove_copy(gone)
    path.write_bytes(world.to_collection_csv())
    again = world.add_copy(release.id, added=before.added.isoformat())
    world.load_collection_csv(path)
    assert again not in world.copies
    assert sorted(world.copies) == kept
