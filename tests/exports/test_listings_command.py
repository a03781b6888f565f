"""`export listings`: the same text as /export/listings.csv, at a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app.extensions import db
from tests.builders import MirrorBuilder
from tests.exports.conftest import LISTINGS, Desk


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["export", "listings", *arguments])


@pytest.mark.parametrize(
    "asked",
    [
        ([], "profile=listings"),
        (["--encoding", "utf-8-sig"], "profile=listings&bom=1"),
        (["--profile", "discogs-upload"], "profile=discogs-upload"),
        (["--profile", "discogs-upload", "--kind", "delete"], "profile=discogs-upload&kind=delete"),
    ],
)
def test_it_writes_what_the_admin_downloads(
    app: Flask, desk: Desk, admin: dict[str, str], tmp_path: Path, asked: tuple[list[str], str]
) -> None:
    arguments, address = asked
    place = tmp_path / "shop.csv"
    done = run(app, *arguments, "-o", str(place))
    assert (done.exit_code, done.stderr) == (0, f"{LISTINGS} listings written\n"), done.output
    assert place.read_bytes() == app.test_client().get(f"/export/listings.csv?{address}", headers=admin).data
    assert run(app, *arguments).stdout_bytes == place.read_bytes()


def test_an_upload_is_of_one_seller(app: Flask, desk: Desk) -> None:
    builder = MirrorBuilder(db.engine)
    builder.listing(source_id=builder.seller("second_seller"))
    upload = ["--profile", "discogs-upload"]
    refused = run(app, *upload)
    assert (refused.exit_code, "must be one of" in refused.output) == (2, True)
    named = run(app, *upload, "--seller", "Second_Seller")
    assert named.stderr == "1 listings written\n"


def test_a_place_that_cannot_be_written_fails_and_leaves_nothing(app: Flask, desk: Desk, tmp_path: Path) -> None:
    failed = run(app, "--output", str(tmp_path / "no" / "shop.csv"))
    assert (failed.exit_code, "cannot be written" in failed.output) == (1, True)
    assert run(app, "--profile", "all").exit_code == 2


@pytest.mark.parametrize("whose", [["listings", "--seller"], ["collection", "--owner"]])
def test_bytes_that_are_no_text_are_nobodys_name(app: Flask, whose: list[str]) -> None:
    refused = app.test_cli_runner().invoke(args=["export", *whose, "\udcff"])
    assert (refused.exit_code, "nobody's name" in refused.output) == (2, True)
