"""Documentation that cannot go stale: settings, commands, errors."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import config
from app import errors
from app.cli import register_commands

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", config.variables())
def test_every_setting_is_documented_twice(name: str) -> None:
    assert f"`{name}`" in README
    assert f"#{name}=" in EXAMPLE


def test_the_example_reads_as_it_stands() -> None:
    given = dict(
        line[1:].split("=", 1) for line in EXAMPLE.splitlines() if line.startswith("#") and "=" in line.split()[0]
    )
    assert isinstance(config.load({name: value for name, value in given.items() if value}), config.Settings)


@pytest.mark.parametrize("command", ["./start_server.sh --demo", "scripts/test", "python run.py"])
def test_the_readme_names_the_commands(command: str) -> None:
    assert command in README


def test_every_command_is_in_the_readme() -> None:
    from flask import Flask

    app = Flask(__name__)
    register_commands(app)
    missing = [name for name in app.cli.commands if f"app run {name}" not in README]
    assert missing == []


def test_every_error_stands_in_the_tree() -> None:
    tree = errors.__doc__ or ""
    classes = [
        each for _name, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.WaxmirrorError)
    ]
    assert [each.__name__ for each in classes if each.__name__ not in tree] == []


def test_both_notices_are_there() -> None:
    assert "is not affiliated with, sponsored or endorsed by Discogs" in " ".join(README.split())
    assert "Data provided by Discogs." in README
