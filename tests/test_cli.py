"""What commands say when the database cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from config import Settings

COMMANDS = (
    ("sync",),
    ("account", "list"),
    ("rebuild-index",),
    ("rotate-keys",),
    ("undo-run", "1"),
    ("backup",),
)


@pytest.fixture(params=[None, b"no database at all " * 99], ids=["absent", "broken"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The file of a mirror that cannot be used."""
    path = tmp_path / "mirror.db"
    if request.param is not None:
        path.write_bytes(request.param)
    return path


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_database_that_cannot_be_used_is_one_sentence_of_advice(
    make_app: Callable[[Settings], Flask], base_settings: Settings, path: Path, arguments: tuple[str, ...]
) -> None:
    was_there = path.exists()
    advised = "put one of the backups in its place" if was_there else "run `flask --app run db upgrade`"
    app = make_app(base_settings.replace(database_url=f"sqlite:///{path}", discogs_seller_username="somebody"))
    with app.app_context():
        done = app.test_cli_runner().invoke(args=list(arguments))
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code == 1
    assert advised in done.output.splitlines()[-1]
    assert path.exists() == was_there
