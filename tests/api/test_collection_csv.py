"""The collection as CSV: documented columns, the website's, and what strangers do not get."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.cli import register_commands
from app.core.csv_cells import TRIGGERS, unguard
from app.formats.album_csv import OWN_FIELDS, PUBLIC_FIELDS
from tests.builders import MirrorBuilder
from tests.hostile import TEXTS, stored
from tests.shelf_builder import ShelfBuilder

PATH = "/export/collection.csv"
WEBSITE = (
    "Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,CollectionFolder,Date Added,"
    "Collection Media Condition,Collection Sleeve Condition,Collection Notes"
)


@pytest.fixture
def shelf(mirror: MirrorBuilder) -> ShelfBuilder:
    return ShelfBuilder(mirror)


def table(client: FlaskClient, query: str = "", headers: dict[str, str] | None = None) -> list[list[str]]:
    answer = client.get(f"{PATH}?{query}", headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.text
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True), newline="")))


def test_strangers_get_the_public_columns(client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str]) -> None:
    shelf.copies([{"genres": "Jazz", "notes": {3: "gift"}}, {"genres": "Rock"}])
    shelf.copy(removed=True)
    header, *rows = table(client)
    assert (header, len(rows)) == (list(PUBLIC_FIELDS), 2)
    assert "gift" not in str(rows)
    header, row = table(client, "genre=jazz", admin)
    assert header == list(OWN_FIELDS)
    assert row[-2:] == ["Uncategorized", '[{"field_id":3,"name":"Notes","value":"gift"}]']


def test_the_file_has_a_name_a_number_and_a_validator(
    client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str]
) -> None:
    shelf.copies([{}] * 3)
    answer = client.get(f"{PATH}?encoding=utf-8-sig")
    assert answer.headers["X-Total-Count"] == "3"
    assert 'filename="collection-2026-03-02.csv"' in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"\xef\xbb\xbfid,")
    known = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(f"{PATH}?encoding=utf-8-sig", headers=known).status_code == 304
    assert client.get(PATH, headers=admin).headers["Cache-Control"] == "private, no-cache"
    assert client.head(PATH).headers["X-Total-Count"] == "3"


def test_the_layout_of_the_website(client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str]) -> None:
    shelf.fields({12: "Cost", 11: "Cost"})
    shelf.copy(
        catalog_number="SR 001",
        label="Sample Records",
        format="2xLP, Album",
        rating=4,
        year=None,
        release_id=987001,
        notes={1: "Mint (M)", 3: "gift", 11: "4 €", 12: "5 €"},
    )
    header, row = table(client, "profile=website", admin)
    assert ",".join(header) == f"{WEBSITE},Collection Cost,Collection Cost"
    assert row[:3] == ["SR 001", "Miles Davis", "Kind Of Blue"]
    assert row[5:9] == ["4", "0", "987001", "Uncategorized"]
    assert row[9].startswith("2026-03-")
    assert row[10:] == ["Mint (M)", "", "gift", "4 €", "5 €"]


def test_the_website_s_file_is_its_owner_s(client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str]) -> None:
    assert client.get(f"{PATH}?profile=website").status_code == 401
    shelf.mirror.seller("second")
    ShelfBuilder(shelf.mirror, "second").copy(title="Of the second")
    answer = client.get(f"{PATH}?profile=website", headers=admin)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (400, ["owner"])
    assert [row[2] for row in table(client, "profile=website&owner=SECOND", admin)[1:]] == ["Of the second"]


@pytest.mark.parametrize("profile", ["", "website"])
def test_no_cell_is_a_formula_and_every_text_comes_back(
    client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str], profile: str
) -> None:
    texts = [stored(text) for text in TEXTS.values()]
    shelf.copies([{"title": text, "artist": text, "label": text} for text in texts])
    header, *rows = table(client, f"sort=oldest&profile={profile}", admin)
    title = header.index("Title" if profile else "title")
    cells = [row[title] for row in rows]
    assert [unguard(cell) for cell in cells] == texts
    assert not any(cell[:1] in TRIGGERS - {"'"} for cell in cells)


def test_the_command_writes_a_whole_file_or_none(app: Flask, shelf: ShelfBuilder, tmp_path: Path) -> None:
    shelf.copies([{}] * 3)
    run = app.test_cli_runner().invoke
    if "export" not in app.cli.commands:
        register_commands(app)
    file = tmp_path / "collection.csv"
    done = run(args=["export", "collection", "--profile", "website", "--output", str(file)])
    assert (done.exit_code, done.stderr) == (0, "3 albums written\n")
    assert file.read_bytes().count(b"\r\n") == 4
    assert run(args=["export", "collection"]).stdout.startswith("id,release_id")
    failed = run(args=["export", "collection", "--output", str(tmp_path / "no" / "folder.csv")])
    assert failed.exit_code == 1
    assert "cannot be written" in failed.output
    assert run(args=["export", "collection", "--profile", "website", "--owner", "nobody"]).exit_code == 1
    assert list(tmp_path.glob("*.part")) == []
