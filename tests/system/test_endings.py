"""How servers end: in time, with nothing left of what they started, and with the truth in the database."""

from __future__ import annotations

import os
import signal

import pytest

from scripts.fake_discogs import FakeDiscogs
from tests.jobs.waiting import until
from tests.system.conftest import Gate, on_both
from tests.system.servers import Launcher, Mirror, Server, free_port

pytestmark = pytest.mark.system
SETTLED_S = 30.0
SYNC_ENDS_WITHIN_S = 5.0
ALL_ENDS_WITHIN_S = 10.0

SERVERS = {
    "gunicorn": lambda launcher: launcher.gunicorn(2),
    "gunicorn without our hooks": lambda launcher: launcher.gunicorn(2, "--graceful-timeout", "5"),
    "python run.py": lambda launcher: launcher.start("run.py"),
    "flask run": lambda launcher: launcher.start("-m", "flask", "--app", "run", "run", "--port", "{port}"),
}


@pytest.fixture(params=SERVERS)
def syncing(request: pytest.FixtureRequest, launcher: Launcher, mirror: Mirror, gate: Gate) -> Server:
    """A server of each kind in the middle of a sync, waiting for an answer of Discogs."""
    return begun(SERVERS[request.param](launcher), mirror, gate)


def begun(server: Server, mirror: Mirror, gate: Gate) -> Server:
    server.wait_until_up()
    assert gate.reached.wait(SETTLED_S)
    until(lambda: mirror.runs() and mirror.runs()[-1].state == "running", "the run is at work")
    return server


def assert_cancelled(mirror: Mirror) -> None:
    until(lambda: mirror.runs()[-1].state == "finished", "the run has ended", SYNC_ENDS_WITHIN_S)
    assert (mirror.runs()[-1].outcome, mirror.runs()[-1].reason) == ("cancelled", "cancelled.shutdown")
    assert mirror.live() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_sync_is_cancelled_when_the_server_is_told_to_end(syncing: Server, mirror: Mirror, number: int) -> None:
    syncing.ask_to_end(number)
    assert_cancelled(mirror)
    syncing.wait_until_gone(ALL_ENDS_WITHIN_S)
    assert "Traceback" not in syncing.said()


@pytest.fixture
def server(launcher: Launcher, mirror: Mirror, gate: Gate) -> Server:
    """The usual server in the middle of a sync."""
    return begun(launcher.gunicorn(2), mirror, gate)


def test_ctrl_c_in_the_terminal_reaches_everybody_at_once_and_is_safe(server: Server, mirror: Mirror) -> None:
    os.killpg(server.pid, signal.SIGINT)
    assert_cancelled(mirror)
    server.wait_until_gone(ALL_ENDS_WITHIN_S)


@on_both
def test_after_a_cancelled_sync_the_next_start_converges(
    server: Server, launcher: Launcher, mirror: Mirror, gate: Gate
) -> None:
    server.ask_to_end()
    assert_cancelled(mirror)
    server.wait_until_gone(ALL_ENDS_WITHIN_S)
    gate.open()
    launcher.gunicorn(2).wait_until_up()
    until(lambda: mirror.runs()[-1].outcome == "applied", "the next sync", SETTLED_S)
    assert mirror.live() == 538


def test_told_twice_it_ends_all_the_same(server: Server, mirror: Mirror) -> None:
    server.ask_to_end()
    server.ask_to_end()
    server.wait_until_gone(ALL_ENDS_WITHIN_S)
    assert_cancelled(mirror)


def test_a_busy_server_ends_in_time(launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs) -> None:
    server = launcher.gunicorn(2, SYNC_INTERVAL_HOURS="0.0005").wait_until_up()
    until(lambda: len(mirror.runs()) >= 3, "some syncs", SETTLED_S)
    server.ask_to_end()
    assert server.wait_until_gone(ALL_ENDS_WITHIN_S) == 0
    assert all(run.state in {"finished", "queued"} for run in mirror.runs())


def test_a_taken_port_is_named_in_a_clear_error(launcher: Launcher, mirror: Mirror) -> None:
    port = free_port()
    launcher.start("run.py", port=port).wait_until_up()
    for command in (
        ("run.py",),
        ("-m", "flask", "--app", "run", "run", "--port", str(port)),
        ("-m", "gunicorn", "run:app", "--bind", f"127.0.0.1:{port}", "--no-control-socket"),
    ):
        second = launcher.start(*command, port=port)
        assert second.wait_until_gone(SETTLED_S) != 0
        assert str(port) in second.said()
        assert "in use" in second.said()
