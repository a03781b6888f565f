"""Processes that only serve and processes that only work, on one database."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable

import pytest
import requests

from scripts.fake_discogs import FakeDiscogs
from tests.jobs.waiting import until
from tests.system.conftest import Gate, on_postgresql, syncs
from tests.system.servers import Launcher, Mirror, Server

pytestmark = pytest.mark.system
SETTLED_S = 30.0
NOBODY = "no worker lives"


def reasons(server: Server) -> str:
    return " ".join(requests.get(f"{server.url}/health", timeout=10).json()["reasons"])


def status(server: Server, path: str) -> int:
    return requests.get(f"{server.url}{path}", timeout=10, allow_redirects=False).status_code


def holders(servers: Iterable[Server], mirror: Mirror) -> list[Server]:
    """Whose process works on the last run."""
    return [server for server in servers if mirror.running_in() in server.children()]


@on_postgresql
def test_some_serve_one_works_and_another_takes_over(
    launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs, gate: Gate
) -> None:
    webs = [launcher.gunicorn(1, SERVER_ROLE="web") for _ in range(2)]
    for web in webs:
        web.wait_until_up()
        assert NOBODY in reasons(web)
        assert web.post("/api/sync/start", source="inventory").status_code in {202, 409}  # it waits for a worker
    workers = [launcher.gunicorn(1, SERVER_ROLE="worker") for _ in range(2)]
    assert gate.reached.wait(SETTLED_S)
    until(lambda: holders(workers, mirror), "one of the workers is at the run")
    first = holders(workers, mirror)[0]
    other = next(worker for worker in workers if worker is not first).wait_until_up()
    assert [NOBODY in reasons(web) for web in webs] == [False, False]
    assert [status(first, path) for path in ("/healthz", "/health", "/metrics")] == [200] * 3
    assert [status(first, path) for path in ("/", "/api/data", "/admin", "/openapi.json")] == [404] * 4
    os.killpg(first.pid, signal.SIGKILL)
    until(lambda: holders([other], mirror), "the other worker runs it again", 15.0)
    gate.open()
    until(lambda: mirror.runs()[-1].outcome == "applied", "the repeated sync", SETTLED_S)
    shown = len(discogs.world.for_sale_ids())
    assert [len(requests.get(f"{web.url}/api/data", timeout=10).json()) for web in webs] == [shown, shown]
    assert not any("Scheduler started" in web.said() for web in webs)
    assert syncs(discogs) == 2  # the one that was killed, and the one instead of it
    webs[0].ask_to_end()
    assert webs[0].wait_until_gone() == 0
