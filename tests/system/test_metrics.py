"""The numbers are the same whichever worker tells them."""

from __future__ import annotations

import os
import signal

import pytest
import requests

from tests.jobs.waiting import until
from tests.system.conftest import on_both
from tests.system.servers import Launcher, Mirror, Server

pytestmark = pytest.mark.system
MOVING = ("waxmirror_data_age_seconds", "waxmirror_disk_free_bytes", "#")


def numbers(server: Server) -> list[str]:
    lines = requests.get(f"{server.url}/metrics", timeout=10).text.splitlines()
    return [line for line in lines if not line.startswith(MOVING)]


@on_both
def test_each_of_two_workers_tells_the_same(launcher: Launcher, mirror: Mirror) -> None:
    server = launcher.gunicorn(2, RELEASE_CACHE_PAUSE_MINUTES="60").wait_until_up()
    ended = "SELECT count(*) FROM runs WHERE state = 'finished'"
    until(lambda: mirror.rows(ended) and mirror.rows(ended)[0][0] >= 3, "everything is mirrored", 30.0)
    until(lambda: len(server.children()) == 2, "both workers are there")
    told = []
    for worker in server.children():
        os.kill(worker, signal.SIGSTOP)  # the other one answers
        try:
            told.append(numbers(server))
        finally:
            os.kill(worker, signal.SIGCONT)
    assert told[0] == told[1]
    assert any(line.startswith('waxmirror_listings{seller="') for line in told[0])
    assert 'waxmirror_syncs_total{outcome="applied",source="inventory"} 1' in " ".join(told[0]).replace(".0", "")
