"""`./start_server.sh`, on a copy of the tree that uses the installed packages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from cryptography.fernet import Fernet

from tests.conftest import ADMIN, ROOT
from tests.jobs.waiting import until
from tests.system.servers import READY_WITHIN_S, Server, free_port, skip_without_proc

pytestmark = pytest.mark.system
COPIED = ("app", "migrations", "scripts", "config.py", "run.py", "start_server.sh", "requirements.txt")
ENDS_WITHIN_S = 10.0


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What a user has after unpacking, with the packages installed."""
    skip_without_proc()
    venv = ROOT / ".venv"
    if not (venv / "pyvenv.cfg").exists():
        pytest.skip("the packages are not installed in .venv")
    tree = tmp_path / "waxmirror"
    tree.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tree / name)
    (tree / ".venv").mkdir()
    for part in ("bin", "lib", "pyvenv.cfg"):
        (tree / ".venv" / part).symlink_to(venv / part)
    digest = subprocess.run(["cksum", "requirements.txt"], cwd=tree, capture_output=True, text=True, check=True).stdout
    (tree / ".venv" / "requirements.digest").write_text(digest)
    return tree


class Script(Server):
    """The script, and what it became."""

    def __init__(self, tree: Path, *arguments: str, **variables: str) -> None:
        port = free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "PORT": str(port),
            "ADMIN_TOKEN": ADMIN,
            **variables,
        }
        command = [str(tree / "start_server.sh"), *arguments]
        super().__init__(command, environment, port, tree / "server.log")


@pytest.fixture
def start(tree: Path) -> Iterator[Callable[..., Script]]:
    """Starts the script; it is gone at the end of the test."""
    started: list[Script] = []

    def start(*arguments: str, **variables: str) -> Script:
        started.append(Script(tree, *arguments, **variables))
        return started[-1]

    yield start
    for script in started:
        script.destroy()


def listings(server: Server) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(requests.get(f"{server.url}/api/data", timeout=10).content)
    return found


def log_in(demo: Server) -> None:
    """As somebody whom the fake Discogs knows."""
    with requests.Session() as browser:
        asked = browser.get(f"{demo.url}/login", timeout=10, allow_redirects=False).headers["Location"]
        place, _, query = asked.partition("?")
        form = {"oauth_token": query.partition("=")[2], "decision": "allow"}
        assert browser.get(asked, timeout=10).status_code == 200
        assert browser.post(place, data=form, timeout=10).url == f"{demo.url}/account"


def test_the_demo_serves_a_whole_shop_and_leaves_nothing_behind(start: Callable[..., Script], tree: Path) -> None:
    demo = start("--demo")
    until(demo.is_up, "the demo answers", READY_WITHIN_S)
    until(lambda: len(listings(demo)) == 538, "the shop is mirrored", READY_WITHIN_S)
    assert (tree / "instance" / "demo" / "waxmirror.db").exists()
    log_in(demo)
    demo.ask_to_end()
    demo.wait_until_gone(ENDS_WITHIN_S)


def test_what_is_configured_for_the_real_shop_does_not_reach_the_demo(start: Callable[..., Script], tree: Path) -> None:
    (tree / "token").write_text("a-token-of-the-real-shop\n")
    (tree / "address").write_text(f"sqlite:///{tree / 'real.db'}\n")
    (tree / ".env").write_text("DISCOGS_TOKEN_FILE=token\nDISCOGS_COLLECTION_USERNAME=somebody\nENABLE_AUTO_SYNC=no\n")
    demo = start("--demo", DATABASE_URL_FILE=str(tree / "address"), DISCOGS_CONSUMER_KEY_FILE="/nowhere/key")
    until(demo.is_up, "the demo answers", READY_WITHIN_S)
    until(lambda: len(listings(demo)) == 538, "the shop is mirrored", READY_WITHIN_S)
    assert not (tree / "real.db").exists()


def test_a_request_line_of_8190_bytes_is_read(start: Callable[..., Script]) -> None:
    server = start()
    until(server.is_up, "it answers", READY_WITHIN_S)
    path = "/api/search?q="
    address = f"{server.url}{path}{'x' * (8190 - len('GET  HTTP/1.1') - len(path))}"
    assert requests.get(address, timeout=10).status_code in {200, 400}
    assert requests.get(f"{address}x", timeout=10).status_code == 414


def test_with_nothing_configured_it_starts_and_says_how_to_configure_it(start: Callable[..., Script]) -> None:
    server = start()
    until(server.is_up, "it answers", READY_WITHIN_S)
    assert listings(server) == []
    until(lambda: "set DISCOGS_SELLER_USERNAME" in server.said(), "it says how")
    server.ask_to_end()
    assert server.wait_until_gone(ENDS_WITHIN_S) == 0


def test_with_every_secret_set_it_makes_the_folder_of_its_database(start: Callable[..., Script], tree: Path) -> None:
    server = start(SECRET_KEY="a-secret-key-of-the-tests", TOKEN_KEYS=Fernet.generate_key().decode())
    until(server.is_up, "it answers", READY_WITHIN_S)
    assert (tree / "instance").stat().st_mode & 0o777 == 0o700
    files = [path for path in (tree / "instance").iterdir() if path.is_file()]
    assert {path.name: path.stat().st_mode & 0o077 for path in files} == dict.fromkeys((p.name for p in files), 0)
    assert "waxmirror.db" in {path.name for path in files}


def test_settings_that_cannot_work_end_it_with_every_problem_named(start: Callable[..., Script]) -> None:
    refused = start(SYNC_INTERVAL_HOURS="soon", WEB_CONCURRENCY="0")
    assert refused.wait_until_gone(READY_WITHIN_S) == 2
    assert "SYNC_INTERVAL_HOURS" in refused.said()
    assert "WEB_CONCURRENCY" in refused.said()


def test_a_word_it_does_not_know_is_refused(start: Callable[..., Script]) -> None:
    refused = start("--dmeo")
    assert refused.wait_until_gone(READY_WITHIN_S) == 2
    assert "usage" in refused.said()
