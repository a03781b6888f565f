"""The page of jobs: how they stand, what went wrong, what they made, and their buttons."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.models import JobRow
from app.services.jobs_service import JobsService
from app.web import job_pages
from tests.builders import MirrorBuilder
from tests.login.conftest import SAME_ORIGIN
from tests.web.back_room import let_in, press
from tests.web.pages import get, outline

HERE = "/admin/jobs"
SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def owner(client: FlaskClient, mirror: MirrorBuilder) -> FlaskClient:
    mirror.listing(artist="Can")
    return let_in(client)


def begin(owner: FlaskClient, **parameters: Any) -> str:
    asked = {"kind": "csv-export", "parameters": parameters}
    return str(owner.post("/api/jobs", json=asked, headers=SAME_ORIGIN).get_json()["job"]["id"])


def work(app: Flask) -> None:
    with app.app_context():
        while JobsService().do_next(threading.Event()):  # type: ignore[arg-type]
            pass


def test_nothing_was_begun(owner: FlaskClient) -> None:
    assert "No job was begun yet." in get(owner, HERE).text


def test_a_job_is_followed_stopped_and_begun_anew(app: Flask, owner: FlaskClient) -> None:
    job = begin(owner, artist="can")
    page = outline(answer := get(owner, HERE))
    assert "Waiting for its turn" in answer.text
    assert page.having("progress")
    assert page.having("meta", http_equiv="refresh"), "without scripts the page looks again by itself"
    assert press(owner, f"{HERE}/{job}/cancel") == (303, HERE)
    assert "Stopped" in get(owner, HERE).text
    assert press(owner, f"{HERE}/{job}/cancel")[0] == 409
    assert press(owner, f"{HERE}/{job}/retry") == (303, HERE)
    work(app)
    answer = get(owner, HERE)
    assert outline(answer).having("a", href=f"/api/jobs/{job}/result")
    assert owner.get(f"/api/jobs/{job}/result").status_code == 200
    assert press(owner, f"{HERE}/{job}/retry")[0] == 409
    assert press(owner, f"{HERE}/{'0' * 32}/retry")[0] == 404


def test_they_are_found_by_state(owner: FlaskClient) -> None:
    waiting, stopped = begin(owner), begin(owner)
    press(owner, f"{HERE}/{stopped}/cancel")
    text = get(owner, f"{HERE}?state=queued").text
    assert (f"job-{waiting}" in text, f"job-{stopped}" in text) == (True, False)
    assert "No job is in this state." in get(owner, f"{HERE}?state=failed").text
    assert get(owner, f"{HERE}?state=lost").status_code == 400


def test_they_come_in_pages(owner: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_pages, "PER_PAGE", 2)
    jobs = [begin(owner) for _ in range(3)]
    press(owner, f"{HERE}/{jobs[0]}/cancel")
    first, second = get(owner, HERE), get(owner, f"{HERE}?page=2")
    shown = [{job for job in jobs if f"job-{job}" in page.text} for page in (first, second)]
    assert [len(each) for each in shown] == [2, 1]
    assert shown[0] | shown[1] == {*jobs}
    assert outline(first).having("a", rel="next", href=f"{HERE}?page=2")
    assert not outline(get(owner, f"{HERE}?state=queued")).having("a", rel="next")
    assert "There is no such page." in get(owner, f"{HERE}?page=9").text
    assert get(owner, f"{HERE}?page=0").status_code == 400


def test_what_went_wrong_is_told_and_not_obeyed(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    begin(owner, artist=SCRIPT)
    errors = json.dumps([{"place": "row 7", "problem": f"it broke {SCRIPT}"}])
    values = {"state": "failed", "problem": f"no space {SCRIPT}", "errors": errors, "error_count": 3}
    with mirror.engine.begin() as connection:
        connection.execute(update(JobRow).values(values))
    text = get(owner, HERE).text
    for told in ("no space", "3 errors", "row 7: it broke", "The first 1."):
        assert told in text, told
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_strangers_and_other_sites_press_nothing(app: Flask, owner: FlaskClient) -> None:
    job = begin(owner)
    for button in ("cancel", "retry"):
        assert press(app.test_client(), f"{HERE}/{job}/{button}")[0] == 401, button
        answer = owner.post(f"{HERE}/{job}/{button}", headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403, button
