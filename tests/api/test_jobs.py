"""Jobs over HTTP: begun, followed, stopped, fetched."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.services.jobs_service import JobsService
from tests.builders import MirrorBuilder
from tests.conftest import FakeClock

NOBODY = "0" * 32


def work(app: Flask) -> None:
    """Do all that waits."""
    with app.app_context():
        while JobsService().do_next(threading.Event()):  # type: ignore[arg-type]
            pass


@pytest.fixture
def submit(client: FlaskClient, admin: dict[str, str], mirror: MirrorBuilder) -> Any:
    mirror.listing(artist="Nina Simone")
    mirror.listing(artist="Miles Davis")

    def post(**parameters: Any) -> TestResponse:
        return client.post("/api/jobs", json={"kind": "csv-export", "parameters": parameters}, headers=admin)

    return post


def test_an_export_from_its_beginning_to_its_file(
    app: Flask, client: FlaskClient, admin: dict[str, str], submit: Any
) -> None:
    begun = submit(artist="nina", profile="listings")
    assert begun.status_code == 202
    job = begun.json["job"]
    assert (job["state"], job["kind"], job["parameters"]) == (
        "queued",
        "csv-export",
        {"artist": "nina", "profile": "listings"},
    )
    place = begun.headers["Location"]
    assert place == f"/api/jobs/{job['id']}"
    early = client.get(f"{place}/result", headers=admin)
    assert (early.status_code, early.json["state"]) == (409, "queued")
    work(app)
    job = client.get(place, headers=admin).json["job"]
    assert (job["state"], job["progress"]["percent"]) == ("done", 100.0)
    made = client.get(f"{place}/result", headers=admin)
    assert made.data == client.get("/export/listings.csv?artist=nina&profile=listings", headers=admin).data
    assert made.content_type == "text/csv; charset=utf-8"
    assert made.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{job['result']['name']}"
    assert made.headers["Cache-Control"] == "no-store"


def test_jobs_are_listed(app: Flask, client: FlaskClient, admin: dict[str, str], submit: Any) -> None:
    first = submit().json["job"]["id"]
    work(app)
    second = submit().json["job"]["id"]
    listed = client.get("/api/jobs", headers=admin).json["jobs"]
    assert {job["id"] for job in listed} == {first, second}
    waiting = client.get("/api/jobs?state=queued&limit=5", headers=admin).json["jobs"]
    assert [job["id"] for job in waiting] == [second]
    assert client.get("/api/jobs?state=asleep", headers=admin).status_code == 400


def test_stopped_and_begun_anew(app: Flask, client: FlaskClient, admin: dict[str, str], submit: Any) -> None:
    place = submit().headers["Location"]
    stopped = client.post(f"{place}/cancel", headers=admin)
    assert (stopped.status_code, stopped.json["job"]["state"]) == (202, "cancelled")
    again = client.post(f"{place}/cancel", headers=admin)
    assert (again.status_code, again.json["state"]) == (409, "cancelled")
    anew = client.post(f"{place}/retry", headers=admin)
    assert (anew.status_code, anew.json["job"]["state"]) == (202, "queued")
    assert client.post(f"{place}/retry", headers=admin).status_code == 409
    work(app)
    assert client.get(f"{place}/result", headers=admin).data.count(b"\r\n") == 3


def test_a_file_that_had_its_time_is_gone(
    app: Flask, client: FlaskClient, admin: dict[str, str], submit: Any, clock: FakeClock
) -> None:
    place = submit().headers["Location"]
    work(app)
    clock.now += timedelta(hours=25)
    assert client.get(f"{place}/result", headers=admin).status_code == 410


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"kind": "nonsense"}, "kind"),
        ({}, "kind"),
        ({"kind": "csv-export", "parameters": {"profile": "nonsense"}}, "profile"),
        ({"kind": "csv-export", "parameters": {"artist": None}}, "artist"),
        ({"kind": "csv-export", "more": 1}, "more"),
    ],
)
def test_what_cannot_be_done_is_refused(
    client: FlaskClient, admin: dict[str, str], mirror: MirrorBuilder, body: dict[str, Any], wrong: str
) -> None:
    answer = client.post("/api/jobs", json=body, headers=admin)
    assert answer.status_code == 400
    assert list(answer.json["errors"]) == [wrong]


@pytest.mark.parametrize("job_id", [NOBODY, "1", "%00", "é"])
@pytest.mark.parametrize("route", ["GET ", "GET /result", "POST /cancel", "POST /retry"])
@pytest.mark.usefixtures("mirror")
def test_nobody_knows_it(client: FlaskClient, admin: dict[str, str], job_id: str, route: str) -> None:
    method, _, end = route.partition(" ")
    assert client.open(f"/api/jobs/{job_id}{end}", method=method, headers=admin).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", ""), ("GET", "/1"), ("GET", "/1/result"), ("POST", "/1/cancel"), ("POST", "/1/retry")],
)
def test_strangers_see_no_jobs(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(f"/api/jobs{path}", method=method).status_code == 401
