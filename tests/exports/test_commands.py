"""The commands: done here where no server does jobs."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from scripts.fake_discogs import Fault
from tests.exports.conftest import COPIES, JAZZ, Desk


def test_a_folder_is_written_where_it_is_wanted(app: Flask, desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / "jazz.csv"
    done = app.test_cli_runner().invoke(args=["export", "folder", str(JAZZ), "--output", str(place)])
    assert done.exit_code == 0, done.output
    assert place.read_text(encoding="utf-8").startswith("Artists,Title,Label,Catalog Number,Country,Year")
    assert len(place.read_bytes().splitlines()) == 1 + sum(c.folder_id == JAZZ for c in desk.world.copies.values())
    again = app.test_cli_runner().invoke(args=["export", "folder", str(JAZZ), "--output", str(tmp_path)])
    assert "0 requests" in again.output
    assert [path.name for path in tmp_path.glob("collection-jazz-more-*.csv")]


def test_a_shop_is_written_in_another_form(app: Flask, desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / "shop.json"
    asked = ["export", "marketplace", "--format", "json", "--year-min", "1900", "--output", str(place)]
    done = app.test_cli_runner().invoke(args=asked)
    assert done.exit_code == 0, done.output
    assert place.read_bytes().startswith(b'{"export":')


def test_releases_are_read_ahead(app: Flask, desk: Desk) -> None:
    done = app.test_cli_runner().invoke(args=["import-cache"])
    assert done.exit_code == 0, done.output
    assert set(desk.read()) == desk.releases()
    assert f"{COPIES} records" in done.output


def test_rows_that_are_missing_fail_the_command(app: Flask, desk: Desk, tmp_path: Path) -> None:
    desk.world.add_copy()
    desk.fake.faults.add(Fault("item", "/users/*/collection/folders/0/releases", name="basic_missing", row="last"))
    desk.mirror.sync()
    done = app.test_cli_runner().invoke(args=["export", "folder", "--output", str(tmp_path)])
    assert (done.exit_code, "1 rows are missing" in done.output) == (1, True)
    assert list(tmp_path.glob("*-without-1.csv"))


@pytest.mark.parametrize("asked", [["folder", "77"], ["folder", "--account", "nobody_here"], ["folder", "x"]])
def test_what_is_not_there_is_a_slip_of_whoever_asks(app: Flask, desk: Desk, asked: list[str]) -> None:
    assert app.test_cli_runner().invoke(args=["export", *asked]).exit_code == 2


def test_a_job_that_fails_fails_the_command(app: Flask, desk: Desk, tmp_path: Path) -> None:
    desk.world.revoke_token()
    done = app.test_cli_runner().invoke(args=["export", "folder", "--output", str(tmp_path)])
    assert (done.exit_code, "auth.revoked" in done.output) == (1, True)
    assert not list(tmp_path.glob("*.csv"))
