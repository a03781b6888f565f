"""Collections and wantlists as the website exports them: what is stored, matched, kept, refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.cli import register_commands
from app.core.csv_merging import ImportVerdict
from app.core.shelf_matching import OURS
from app.errors import ConfigurationError, CsvRefused
from app.extensions import db, wiring
from app.formats.album_csv import website_columns, website_row
from app.formats.csv_text import csv_text
from app.models import CopyRow, FieldRow, FolderRow, WantRow
from app.services.csv_intake import ImportReport, ImportRequest
from app.services.csv_spool import Finding
from app.services.shelf_import import ShelfImport, is_of_shelf
from tests.builders import SELLER, MirrorBuilder
from tests.conftest import FakeClock
from tests.shelf_builder import ShelfBuilder

HEADER = "Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,CollectionFolder,Date Added"
OWN = "Collection Media Condition,Collection Sleeve Condition,Collection Notes"
LINE = 'SR 001,The Examples,Example Days,Sample Records,"2xLP, Album",4,1979,987001,Jazz,2026-01-05 08:14:50'
LATER, EARLIER = datetime(2026, 3, 2, 13, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


class Desk:
    """Files, imported for one owner."""

    def __init__(self, folder: Path) -> None:
        self.findings: list[Finding] = []
        self._folder = folder

    def put(self, *lines: str, as_of: datetime = LATER, dry: bool = False) -> ImportReport:
        path = self._folder / "collection.csv"
        path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")
        return self.load(path, as_of=as_of, dry=dry)

    def load(self, path: Path, *, as_of: datetime = LATER, dry: bool = False) -> ImportReport:
        request = ImportRequest(path, seller=SELLER, as_of=as_of)
        assert is_of_shelf(request)
        with ShelfImport(request) as work:
            report = work.preview() if dry else work.run()
            self.findings = list(work.findings())
        return report

    def rows(self, model: Any = CopyRow) -> list[Any]:
        table = model.__table__
        with db.engine.connect() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key)))


@pytest.fixture
def desk(app: Flask, clock: FakeClock, tmp_path: Path) -> Any:
    with app.app_context():
        wiring().clock = clock
        yield Desk(tmp_path)


@pytest.fixture
def builder(desk: Desk) -> MirrorBuilder:
    """The mirror of the shop of the same owner."""
    return MirrorBuilder(db.engine)


def counts(report: ImportReport) -> dict[str, int]:
    return {str(verdict): number for verdict, number in report.verdicts.items() if number}


def test_a_row_becomes_a_copy(desk: Desk) -> None:
    report = desk.put(f"{HEADER},{OWN}", f"{LINE},Mint (M),,gift")
    assert (counts(report), report.stored, report.total, report.is_whole) == ({"add": 1}, 1, 1, True)
    (copy,) = desk.rows()
    assert copy.instance_id >= OURS
    assert (copy.release_id, copy.rating, copy.year, copy.format) == (987001, 4, 1979, "2xLP, Album")
    assert copy.added_at == datetime(2026, 1, 5, 16, 14, 50, tzinfo=UTC)
    assert copy.notes == '{"1":"Mint (M)","3":"gift"}'
    assert {row.folder_id: row.name for row in desk.rows(FolderRow)} == {1: "Uncategorized", copy.folder_id: "Jazz"}
    assert copy.search_text == " the examples example days sample records sr 001 "


def test_a_second_time_changes_nothing(desk: Desk) -> None:
    lines = [HEADER, LINE, LINE, LINE.replace("Jazz", "Rock")]
    assert counts(desk.put(*lines)) == {"add": 3}
    before = desk.rows()
    assert counts(desk.put(*lines)) == {"unchanged": 3}
    assert desk.rows() == before


def test_a_preview_writes_nothing(desk: Desk) -> None:
    assert counts(desk.put(HEADER, LINE, dry=True)) == {"add": 1}
    assert desk.rows() == desk.rows(FolderRow) == []


def test_copies_that_discogs_told_are_known_again_and_left_alone(desk: Desk, builder: MirrorBuilder) -> None:
    shelf = ShelfBuilder(builder)
    added = datetime(2026, 1, 5, 16, 14, 50, tzinfo=UTC)
    same = {"release_id": 987001, "added_at": added, "title": "Example Days"}
    shelf.copies([{**same, "folder_id": 1}, {**same, "folder_id": 7}])
    before = desk.rows()
    report = desk.put(HEADER, LINE, LINE.replace("Jazz", "Uncategorized"), LINE.replace("14:50", "14:51"))
    assert counts(report) == {"unchanged": 2, "add": 1}
    assert [row for row in desk.rows() if row.instance_id < OURS] == before


def test_nothing_comes_back_that_left_after_the_file_was_written(desk: Desk, builder: MirrorBuilder) -> None:
    shelf = ShelfBuilder(builder)
    builder.run(source_id=shelf.source_id, live_after=1, view="owner")  # a complete look, on 1 March
    shelf.copy(release_id=987001, added_at=datetime(2026, 1, 5, 16, 14, 50, tzinfo=UTC), removed=True)
    lines = [HEADER, LINE, LINE.replace("987001", "5")]
    assert counts(desk.put(*lines, as_of=EARLIER)) == {"tombstone": 1, "gone": 1}
    assert {finding.line for finding in desk.findings} == {2, 3}
    assert counts(desk.put(*lines)) == {"restore": 1, "add": 1}


def test_a_later_file_corrects_an_earlier_one_and_no_other(desk: Desk) -> None:
    desk.put(HEADER, LINE, as_of=EARLIER)
    better = LINE.replace(",4,1979", ",5,1979")
    assert counts(desk.put(HEADER, better)) == {"update": 1}
    assert [copy.rating for copy in desk.rows()] == [5]
    assert counts(desk.put(HEADER, LINE, as_of=EARLIER)) == {"newer": 1}
    assert [copy.rating for copy in desk.rows()] == [5]


def test_what_a_file_does_not_tell_stays(desk: Desk) -> None:
    desk.put(f"{HEADER},{OWN}", f"{LINE},Mint (M),,gift", as_of=EARLIER)
    short = "Catalog#,Artist,Title,Label,Format,release_id,CollectionFolder"
    row = 'SR 001,The Examples,Example Days,Sample Records,"2xLP, Album",987001,Jazz'
    desk.put(short, row)
    (copy,) = desk.rows()
    assert (copy.rating, copy.year, copy.added_at is None) == (4, 1979, False)


@pytest.mark.parametrize(
    ("wrong", "right", "problem"),
    [
        ("987001", "9x", "release_id is no Discogs id"),
        ("987001", "0", "release_id is no Discogs id"),
        ("2026-01-05 08:14:50", "23/04/2023 04:36", "Date Added is not written like"),
        ("2026-01-05 08:14:50", "05/01/2026 08:14", "Date Added is not written like"),
        ("2026-01-05 08:14:50", "2026-02-30 08:14:50", "Date Added is not written like"),
        (",4,1979", ",6,1979", "Rating is not from 0 to 5"),
        (",4,1979", f",{'4' * 5000},1979", "Rating is not from 0 to 5"),
        ("Example Days", "", "Title is empty"),
    ],
)
def test_what_cannot_be_stored_is_told_with_its_line(desk: Desk, wrong: str, right: str, problem: str) -> None:
    report = desk.put(HEADER, LINE, LINE.replace(wrong, right))
    assert (counts(report), report.is_whole) == ({"add": 1, "rejected": 1}, False)
    (finding,) = desk.findings
    assert (finding.line, finding.problem.startswith(problem)) == (3, True)


def test_fields_of_one_name_stay_apart(desk: Desk, builder: MirrorBuilder) -> None:
    shelf = ShelfBuilder(builder)
    shelf.fields({11: "Cost", 12: "Cost"})
    desk.put(
        f"{HEADER},Collection Cost,Collection Notes,Collection Cost,Collection Shop", f"{LINE},4 €,gift,5 €,Amoeba"
    )
    (copy,) = desk.rows()
    named = {row.field_id: row.name for row in desk.rows(FieldRow)}
    new = next(number for number, name in named.items() if name == "Shop")
    assert copy.notes == f'{{"3":"gift","11":"4 €","12":"5 €","{new}":"Amoeba"}}'


def test_a_wantlist_with_a_field_beyond_its_names(desk: Desk) -> None:
    header = "Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,Notes"
    row = 'ARTY 122,Patti Smith,Horses,Arista,"LP, Album",,1975,4619668,clean copy,2014-12-06 21:34:01'
    assert counts(desk.put(header, row, row)) == {"add": 1}
    (want,) = desk.rows(WantRow)
    assert (want.release_id, want.notes) == (4619668, "clean copy")
    assert want.added_at == datetime(2014, 12, 7, 5, 34, 1, tzinfo=UTC)
    assert [(finding.line, finding.kind) for finding in desk.findings] == [(2, "duplicate")]


def test_the_shop_is_not_emptied_for_a_collection(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        ShelfImport(ImportRequest(tmp_path / "none.csv", seller=SELLER, clears_mirror=True))
    with pytest.raises(CsvRefused):
        desk.put("Artist,Title", "a,b")


@pytest.mark.realdata
@pytest.mark.parametrize("folder", ["collection_csv", "wantlist_csv"])
def test_real_exports_import_whole_and_once(desk: Desk, shared_data: Path, folder: str) -> None:
    model = CopyRow if folder == "collection_csv" else WantRow
    for path in sorted((shared_data / folder).glob("*.csv")):
        moment = datetime(2026, 3, 2, 13, tzinfo=UTC)
        first = desk.load(path, as_of=moment)
        assert not first.verdicts[ImportVerdict.REJECTED], desk.findings[:3]
        assert first.records == sum(first.verdicts.values()) + first.duplicates
        before = desk.rows(model)
        again = desk.load(path, as_of=moment)
        assert counts(again) == {"unchanged": again.records - again.duplicates}
        assert desk.rows(model) == before


def test_the_command_knows_the_file_by_its_header(app: Flask, desk: Desk, tmp_path: Path) -> None:
    if "import-csv" not in app.cli.commands:
        register_commands(app)
    path = tmp_path / "my.csv"
    path.write_text(f"{HEADER}\n{LINE}\n", encoding="utf-8")
    done = app.test_cli_runner().invoke(args=["import-csv", "--csv-file", str(path), "--seller", SELLER])
    assert done.exit_code == 0, done.output
    assert "collection layout" in done.output
    assert f"1 rows written and read back; 1 copies of {SELLER} in the mirror" in done.output


TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
    lambda text: not re.match(r"'['=+\-@＝＋－＠]", text) and text == text.lstrip("\ufeff")
)


@given(
    title=TEXT, artist=TEXT, note=TEXT, rating=st.integers(1, 5) | st.none(), year=st.integers(1860, 2030) | st.none()
)
def test_what_we_write_is_read_back(title: str, artist: str, note: str, rating: int | None, year: int | None) -> None:
    from io import StringIO

    from app.core.csv_reading import CsvReader
    from app.core.shelf_rows import ShelfRow, ShelfRowParser

    fields = {1: "Media Condition", 11: "Cost", 12: "Cost"}
    item = {
        "catalog_number": "SR 1",
        "artist": artist,
        "title": title,
        "label": None,
        "format": "LP",
        "rating": rating,
        "year": year,
        "release_id": "5",
        "folder": "Jazz",
        "date_added": "2026-01-05T08:14:50-08:00",
        "notes": [{"field_id": 12, "name": "Cost", "value": note}],
    }
    columns, header = website_columns(fields)
    text = b"".join(csv_text(columns, [[website_row(item, fields)]], header=header)).decode()
    reader = CsvReader(StringIO(text, newline=""))
    (row,) = [ShelfRowParser(reader.header).parse(cells) for cells in reader]  # type: ignore[arg-type]
    assert isinstance(row, ShelfRow)
    assert (row.title, row.artist, row.rating, row.year) == (title, artist, rating, year)
    assert [text for _, text in row.own] == [note]


def test_an_export_comes_back_as_nothing_new(
    desk: Desk, builder: MirrorBuilder, app: Flask, admin: dict[str, str], tmp_path: Path
) -> None:
    shelf = ShelfBuilder(builder)
    shelf.copies([{"notes": {1: "Mint (M)"}, "folder_id": 7}] * 3 + [{"rating": 4}])
    path = tmp_path / "mine.csv"
    path.write_bytes(app.test_client().get("/export/collection.csv?profile=website", headers=admin).data)
    assert counts(desk.load(path)) == {"unchanged": 4}
