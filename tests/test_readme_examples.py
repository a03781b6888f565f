"""What README shows to type is answered."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from flask import Flask

from app.cli import register_commands
from app.extensions import db, wiring
from app.services.shop_index import ShopIndexWriter
from tests.builders import MirrorBuilder

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [line[4:] for line in README.splitlines() if line.startswith("    ")]
CURLS = [line.partition("   #")[0].strip() for line in BLOCKS if line.startswith("curl ")]
COMMANDS = sorted(set(re.findall(r"flask --app run ([a-z-]+(?: [a-z-]+)?)((?: --[a-z-]+)*)", README)))
PYTHON = re.search(r"```python\n(.*?)```", README, re.DOTALL)
SHOWN = 4330643378


def test_there_are_examples() -> None:
    assert len(CURLS) > 10
    assert len(COMMANDS) > 15


@pytest.mark.parametrize("line", CURLS)
def test_an_example_of_the_api_is_answered(app: Flask, line: str) -> None:
    with app.app_context():
        settings = wiring().settings
        wiring().settings = settings.replace(collection_visibility="public")
        mirror = MirrorBuilder(db.engine, ShopIndexWriter.of(settings))
        mirror.listing(listing_id=SHOWN, artist="Björk", title="Debut")
        mirror.release(500 + SHOWN % 1_000_000)
    address = next(word for word in shlex.split(line) if word.startswith("localhost:5000"))
    answer = app.test_client().get(address.removeprefix("localhost:5000"))
    assert answer.status_code == 200 or (answer.status_code == 404 and "/release" in address), answer.text


@pytest.mark.parametrize(("names", "options"), COMMANDS)
def test_a_command_knows_the_options_it_is_shown_with(names: str, options: str) -> None:
    app = Flask(__name__)
    register_commands(app)
    first, _, second = names.partition(" ")
    if first in {"db", "run"}:
        return  # Flask's own
    command: click.Command = app.cli.commands[first]
    if isinstance(command, click.Group) and second:
        command = command.commands[second]
    known = {name for parameter in command.params for name in parameter.opts}
    assert set(options.split()) <= known


def test_the_check_of_a_webhook_that_is_shown_works() -> None:
    from app.core.signing import signature

    assert PYTHON is not None
    shown: dict[str, object] = {}
    exec(PYTHON.group(1), shown)  # our own README
    body, secret = b'{"changes": [], "next": 7}', "a word of ours"
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": signature(secret, "msg_1", 1_700_000_000, body),
    }
    check = shown["is_from_our_mirror"]
    assert callable(check)
    assert check(headers, body, secret, now=1_700_000_010)
    assert not check(headers, body + b" ", secret, now=1_700_000_010)
    assert not check(headers, body, secret, now=1_700_009_000)


def test_pictures_are_there_and_small() -> None:
    shown = re.findall(r"!\[[^]]+\]\((\.github/[\w.]+)\)", README)
    assert shown
    assert all((ROOT / each).read_bytes().startswith(b"\x89PNG") for each in shown)
    assert sum((ROOT / each).stat().st_size for each in shown) < 300_000
