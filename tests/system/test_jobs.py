"""Jobs and listeners on real servers that end, gently or not."""

from __future__ import annotations

import pytest
import requests

from tests.conftest import ADMIN
from tests.jobs.waiting import until
from tests.system.conftest import Gate, on_both
from tests.system.servers import Launcher, Mirror, Server

pytestmark = pytest.mark.system
SETTLED_S = 30.0
ALL_ENDS_WITHIN_S = 10.0
HEADERS = {"Authorization": f"Bearer {ADMIN}"}


def ask_for_export(server: Server) -> str:
    body = {"kind": "csv-export", "parameters": {"profile": "listings"}}
    answer = requests.post(f"{server.url}/api/jobs", json=body, headers=HEADERS, timeout=10)
    assert answer.status_code == 202
    return str(answer.json()["job"]["id"])


def job_of(server: Server, job_id: str) -> dict[str, object]:
    job: dict[str, object] = requests.get(f"{server.url}/api/jobs/{job_id}", headers=HEADERS, timeout=10).json()["job"]
    return job


@on_both
def test_what_a_killed_server_was_asked_for_is_done_by_the_next_one(launcher: Launcher, mirror: Mirror) -> None:
    server = launcher.gunicorn(2).wait_until_up()
    # The collection and the wantlist as well: they tell of releases that are for sale.
    ended = "SELECT count(*) FROM runs WHERE state = 'finished'"
    until(lambda: mirror.rows(ended) and mirror.rows(ended)[0][0] >= 3, "everything is mirrored", SETTLED_S)
    wanted = [ask_for_export(server) for _ in range(5)]
    server.destroy()
    after = launcher.gunicorn(2).wait_until_up()
    until(lambda: all(job_of(after, each)["state"] == "done" for each in wanted), "all are done", SETTLED_S)
    download = requests.get(f"{after.url}/export/listings.csv?profile=listings", headers=HEADERS, timeout=10)
    for each in wanted:
        result = requests.get(f"{after.url}/api/jobs/{each}/result", headers=HEADERS, timeout=10)
        assert result.content == download.content


def test_a_listener_does_not_keep_a_server_from_ending(launcher: Launcher, mirror: Mirror, gate: Gate) -> None:
    server = launcher.gunicorn(2).wait_until_up()
    assert gate.reached.wait(SETTLED_S)
    until(lambda: mirror.runs() and mirror.runs()[-1].state == "running", "the run is at work")
    with requests.get(f"{server.url}/api/sync/events", headers=HEADERS, stream=True, timeout=30) as heard:
        lines = heard.iter_lines()
        assert any(line == b"event: progress" for line in lines)
        server.ask_to_end()
        server.wait_until_gone(ALL_ENDS_WITHIN_S)
    assert "Traceback" not in server.said()
