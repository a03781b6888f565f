"""An export whose server is killed half-way: the next server ends it, and asks for nothing that was known."""

from __future__ import annotations

import csv
import io
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
import requests

from scripts.fake_discogs import FakeDiscogs, World
from scripts.fake_discogs.messages import Request
from tests.conftest import ADMIN
from tests.jobs.waiting import until
from tests.system.conftest import on_both
from tests.system.servers import Launcher, Mirror, Server
from tests.system.test_jobs import job_of

pytestmark = pytest.mark.system
COPIES = 60
SETTLED_S = 30.0
HEADERS = {"Authorization": f"Bearer {ADMIN}", "Accept": "application/json"}


class Barrier:
    """Holds back the answer about the n-th release that anybody asks for, until it is opened."""

    def __init__(self, fake: FakeDiscogs, after: int) -> None:
        self._left = after
        self._open = threading.Event()
        self.reached = threading.Event()
        fake.before_request(self._wait)

    def _wait(self, _number: int, request: Request) -> None:
        if not request.path.startswith("/releases/"):
            return
        self._left -= 1
        if self._left == 0:
            self.reached.set()
            self._open.wait(60)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def discogs() -> Iterator[FakeDiscogs]:
    """A collection, and next to nothing for sale."""
    with FakeDiscogs(World.generate(seed=7, listings=3, copies=COPIES)) as fake:
        yield fake


@pytest.fixture
def barrier(discogs: FakeDiscogs) -> Iterator[Barrier]:
    barrier = Barrier(discogs, after=COPIES // 2)
    yield barrier
    barrier.open()


@on_both
def test_a_server_killed_in_an_export_leaves_it_to_the_next_one(
    launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs, barrier: Barrier
) -> None:
    server = launcher.gunicorn(2, ENABLE_RELEASE_CACHE="false").wait_until_up()
    ended = "SELECT count(*) FROM runs WHERE state = 'finished'"
    until(lambda: mirror.rows(ended) and mirror.rows(ended)[0][0] >= 3, "everything is mirrored", SETTLED_S)
    started = requests.post(f"{server.url}/export/0", json={"format": "csv"}, headers=HEADERS, timeout=10)
    assert started.status_code == 202, started.text
    export_id = started.json()["export_id"]
    assert barrier.reached.wait(SETTLED_S)
    assert job_of(server, export_id)["state"] == "running"
    assert result_of(server, export_id).status_code == 409
    server.destroy()
    barrier.open()
    after = launcher.gunicorn(2, ENABLE_RELEASE_CACHE="false").wait_until_up()
    until(lambda: job_of(after, export_id)["state"] == "done", "the export is done", SETTLED_S)
    rows = list(csv.DictReader(io.StringIO(result_of(after, export_id).content.decode("utf-8-sig"))))
    assert len(rows) == COPIES
    asked = Counter(request.path for request in discogs.audit if request.path.startswith("/releases/"))
    assert len(asked) == len({copy.release.id for copy in discogs.world.shelf().copies.values()})
    asked_again = [path for path, times in asked.items() if times > 1]
    # Each answer is kept as it comes. The one that was on its way has to be asked for once more.
    assert len(asked_again) <= 1
    assert sum(asked.values()) <= len(asked) + 1


def result_of(server: Server, export_id: str) -> requests.Response:
    return requests.get(f"{server.url}/api/jobs/{export_id}/result", headers=HEADERS, timeout=10)
