"""Where no clock may run: commands, migrations, scripts, and the parent of a reloader."""

from __future__ import annotations

import re

import pytest

from scripts.fake_discogs import FakeDiscogs
from tests.jobs.waiting import until
from tests.system.conftest import syncs
from tests.system.servers import Launcher, Mirror, threads_of

pytestmark = pytest.mark.system
SETTLED_S = 30.0
FLASK = ("-m", "flask", "--app", "run")
SHOW_THREADS = "import threading; print('THREADS', threading.active_count())"


def has_tried_for_the_lease(mirror: Mirror) -> bool:
    return (mirror.locks_in() / "scheduler.lock").exists()


@pytest.mark.parametrize("arguments", [("routes",), ("db", "upgrade"), ("db", "current"), ("--help",)])
def test_commands_start_nothing(
    launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs, arguments: tuple[str, ...]
) -> None:
    done = launcher.command(*FLASK, *arguments)
    assert done.returncode == 0, done.stderr
    assert not has_tried_for_the_lease(mirror)
    assert mirror.runs() == []
    assert discogs.audit == []


@pytest.mark.parametrize(
    ("program", "threads"),
    [
        ("from app import create_app; create_app(start_clock=False)", 1),
        ("import run", 2),
        ("from app import create_app; create_app()", 2),
    ],
)
def test_whether_a_program_that_makes_an_application_serves_is_its_choice(
    launcher: Launcher, program: str, threads: int
) -> None:
    # Without a schema the holder of the lease has nothing to do, so that there is just the one thread.
    held = "from app.models.locks import FileLocks; import os, pathlib; "
    held += "hold = FileLocks(pathlib.Path(os.environ['DATABASE_URL'][10:] + '.locks')).try_hold('scheduler'); "
    done = launcher.command("-c", f"{held}{program}; {SHOW_THREADS}")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"THREADS (\d+)", done.stdout) == [str(threads)]


def test_a_shell_starts_nothing(launcher: Launcher, mirror: Mirror) -> None:
    done = launcher.command(*FLASK, "shell")
    assert done.returncode == 0, done.stderr
    assert not has_tried_for_the_lease(mirror)


def test_the_command_that_syncs_does_it_itself(launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs) -> None:
    done = launcher.command(*FLASK, "sync")
    assert done.returncode == 0, done.stderr
    assert [(run.trigger, run.outcome) for run in mirror.runs()] == [("cli", "applied")]
    assert not has_tried_for_the_lease(mirror)
    assert syncs(discogs) == 1


def test_with_a_reloader_only_the_child_has_a_clock(launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs) -> None:
    server = launcher.start(*FLASK, "run", "--debug", "--port", "{port}").wait_until_up()
    until(lambda: mirror.runs() and mirror.runs()[-1].outcome == "applied", "the start-up sync", SETTLED_S)
    assert mirror.running_in() in server.children()
    assert threads_of(server.pid) == 1
    assert syncs(discogs) == 1


def test_without_automatic_sync_nothing_runs_until_asked(
    launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs
) -> None:
    server = launcher.gunicorn(2, ENABLE_AUTO_SYNC="false", SYNC_INTERVAL_HOURS="0.0005").wait_until_up()
    until(lambda: "Automatic sync is off" in server.said(), "it says so", SETTLED_S)
    assert server.post("/api/sync/start").status_code == 202
    until(lambda: mirror.runs()[-1].outcome == "applied", "the sync asked for", SETTLED_S)
    assert [run.trigger for run in mirror.runs()] == ["api"]
    assert "Scheduler started" not in server.said()


def test_with_nothing_configured_it_serves_and_says_how_to_configure_it(
    launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs
) -> None:
    for name in ("DISCOGS_TOKEN", "DISCOGS_SELLER_USERNAME"):
        launcher.environment.pop(name)
    server = launcher.gunicorn(2, SYNC_INTERVAL_HOURS="0.0005").wait_until_up()
    until(lambda: "DISCOGS_SELLER_USERNAME" in server.said(), "it says how", SETTLED_S)
    assert server.said().count("Nothing to mirror yet") == 1
    assert "Traceback" not in server.said()
    assert discogs.audit == []
