"""The addresses of exports: who may use them, what they answer to programs and to people."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from app.core.export_wishes import ExportKind
from app.extensions import db
from app.models import Account
from app.services.jobs_service import JobsService
from app.services.web_sessions import WebSessions
from app.web.cookies import SESSION
from tests.builders import DAY
from tests.exports.conftest import COPIES, JAZZ, LISTINGS, Desk

Headers = dict[str, str]
OURS = {"Sec-Fetch-Site": "same-origin"}
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
READING = ["/folders", f"/export/{JAZZ}", "/marketplace", "/export_marketplace", "/import_cache", "/batch/list"]
CHANGING = [f"/export/{JAZZ}", "/export_marketplace", "/start_import", f"/batch/export/{JAZZ}"]


@pytest.fixture
def log_in(app: Flask, desk: Desk) -> Callable[[str], FlaskClient]:
    """A browser in which somebody is logged in."""

    def enter(username: str) -> FlaskClient:
        with db.engine.begin() as connection:
            account = connection.execute(Account.__table__.select().where(Account.username == username)).one_or_none()
            if account is None:
                row = {"username": username, "username_key": username.casefold(), "created_at": DAY}
                account = connection.execute(insert(Account).values(row).returning(Account.id)).one()
        browser = app.test_client()
        browser.set_cookie(SESSION, WebSessions.here().open(account.id))
        return browser

    return enter


@pytest.fixture
def owner(desk: Desk, log_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return log_in(desk.world.seller.username)


def test_programs_begin_with_a_get_and_fetch_the_file(client: FlaskClient, admin: Headers, desk: Desk) -> None:
    begun = client.get(f"/export/{JAZZ}?format=json", headers=admin)
    assert begun.status_code == 202
    export_id = begun.json["export_id"]
    assert begun.headers["Location"] == begun.json["progress_url"] == f"/progress/{export_id}"
    assert client.get(f"/export/{JAZZ}?format=json", headers=admin).json["export_id"] == export_id, "it is on its way"
    early = client.get(f"/batch/download/{export_id}", headers=admin)
    assert (early.status_code, early.json["state"]) == (409, "queued")
    assert desk.work()
    done = client.get(f"/batch/status/{export_id}", headers=admin).json
    assert (done["status"], done["percent"], done["api_calls"]) == ("done", 100.0, len(desk.releases(JAZZ)))
    file = client.get(done["download_url"], headers=admin)
    assert file.content_type == "application/json"
    assert len(json.loads(file.data)["items"]) == done["completed"]


def test_people_are_asked_first_and_begin_with_a_form(owner: FlaskClient, desk: Desk) -> None:
    page = owner.get(f"/export/{JAZZ}", headers=PAGE)
    assert (page.status_code, "<form" in page.text) == (200, True)
    assert JobsService().newest() == []
    begun = owner.post(f"/export/{JAZZ}", data={"format": "excel", "genre": ""}, headers=PAGE | OURS)
    assert begun.status_code == 303
    waiting = owner.get(begun.headers["Location"], headers=PAGE)
    assert 'http-equiv="refresh"' in waiting.text
    assert desk.work()
    done = owner.get(begun.headers["Location"], headers=PAGE)
    assert "Download collection-jazz-more-" in done.text
    assert "refresh" not in done.text


def test_all_that_can_be_exported_is_told(client: FlaskClient, admin: Headers, desk: Desk) -> None:
    told = client.get("/folders", headers=admin).json
    assert {(each["id"], each["count"]) for each in told["folders"]} >= {(0, COPIES), (33, len(desk_folder(desk, 33)))}
    assert client.get("/marketplace", headers=admin).json["shop"]["listings"] == LISTINGS
    begun = client.get("/export_marketplace?year_min=1960", headers=admin)
    place = f"/progress_marketplace/{begun.json['export_id']}"
    assert desk.work()
    assert client.get(place, headers=admin | {"Accept": "application/json"}).json["status"] == "done"
    assert client.get("/batch/list", headers=admin).json["batches"][0]["kind"] == ExportKind.MARKETPLACE


def desk_folder(desk: Desk, folder_id: int) -> list[int]:
    return [number for number, copy in desk.world.shelf().copies.items() if copy.folder_id == folder_id]


def test_releases_are_read_ahead(owner: FlaskClient, desk: Desk) -> None:
    assert owner.get("/progress_import", headers=PAGE).status_code == 404
    begun = owner.post("/start_import", data={"folders": ["31", "1"]}, headers=PAGE | OURS)
    assert begun.status_code == 303
    assert desk.work()
    assert "Done" in owner.get("/progress_import", headers=PAGE).text
    kept = owner.get("/import_cache").json["cache"]
    assert kept == dict.fromkeys(("total_cached", "cached_last_week"), len(desk.releases(31) | desk.releases(1)))
    assert owner.post("/start_import", json={"folders": [77]}, headers=OURS).status_code == 404
    for wrong in ({}, {"folders": []}, {"folders": ["x"]}, {"folders": 1}, []):
        assert owner.post("/start_import", json=wrong, headers=OURS).status_code == 400


def test_progress_is_told_as_events_until_the_end(client: FlaskClient, admin: Headers, desk: Desk) -> None:
    place = (
        client.post(f"/batch/export/{JAZZ}", headers=admin).json["progress_url"].replace("/progress", "/batch/progress")
    )
    assert desk.work()
    heard = client.get(place, headers=admin)
    assert heard.content_type == "text/event-stream; charset=utf-8"
    assert "event: end" in heard.text
    last = next(line[4:] for line in heard.text.splitlines() if line.startswith("id: "))
    assert client.get(place, headers=admin | {"Last-Event-ID": last}).status_code == 204
    assert client.get(place, headers=admin | {"Accept": "application/json"}).json["status"] == "done"


def test_an_export_is_cancelled(owner: FlaskClient, desk: Desk) -> None:
    export_id = owner.post("/batch/export/0", headers=OURS).json["export_id"]
    assert owner.post(f"/batch/cancel/{export_id}", headers=OURS).json["status"] == "cancelled"
    assert owner.post(f"/batch/cancel/{export_id}", headers=OURS).status_code == 409
    assert owner.get(f"/batch/download/{export_id}").status_code == 409


def test_nobody_sees_anothers(owner: FlaskClient, log_in: Callable[[str], FlaskClient], desk: Desk) -> None:
    export_id = owner.post("/batch/export/0", headers=OURS).json["export_id"]
    assert desk.work()
    other = log_in("passing_digger")
    for path in (f"/progress/{export_id}", f"/batch/status/{export_id}", f"/batch/download/{export_id}"):
        assert other.get(path, headers=PAGE).status_code == 404
        assert owner.get(path, headers=PAGE).status_code == 200
    assert other.post(f"/batch/cancel/{export_id}", headers=OURS).status_code == 404
    assert other.get("/batch/list").json == {"account": "passing_digger", "batches": []}
    mirrored = other.get(f"/folders?account={desk.world.seller.username}")
    assert (mirrored.status_code, "passing_digger" in mirrored.json["detail"]) == (409, True)


def test_guests_are_not_the_admins_to_read(
    client: FlaskClient, admin: Headers, log_in: Callable[[str], FlaskClient], desk: Desk
) -> None:
    guest = log_in("passing_digger")
    for path in ("/folders?account=passing_digger", "/export/0?account=Passing_Digger"):
        assert client.get(path, headers=admin).status_code == 404
    asked = {"kind": ExportKind.FOLDER, "parameters": {"folder_id": 0, "account": "passing_digger"}}
    assert client.post("/api/jobs", json=asked, headers=admin).status_code == 400
    assert guest.get("/batch/list").json["account"] == "passing_digger"
    assert client.get(f"/folders?account={desk.world.seller.username}", headers=admin).status_code == 200


@pytest.mark.parametrize("path", READING)
def test_strangers_are_shown_nothing(client: FlaskClient, desk: Desk, path: str) -> None:
    assert client.get(path).status_code == 401
    assert client.get(path, headers=PAGE).status_code == 401


@pytest.mark.parametrize("path", CHANGING)
def test_no_other_page_can_make_a_browser_begin_one(
    client: FlaskClient, owner: FlaskClient, desk: Desk, path: str
) -> None:
    assert client.post(path, headers=OURS).status_code == 401
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        assert owner.post(path, headers=headers).status_code == 403
    assert owner.get(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code in {200, 405}
    assert JobsService().newest() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/export/99", 404),
        (f"/export/{2**80}", 404),
        (f"/export/{JAZZ}?year=soon", 400),
        (f"/export/{JAZZ}?format=pdf", 400),
        ("/export/0?account=nobody_here", 404),
        ("/progress/unknown", 404),
        ("/batch/status/" + "0" * 32, 404),
    ],
)
def test_what_cannot_be_done_is_said(client: FlaskClient, admin: Headers, desk: Desk, path: str, status: int) -> None:
    answer = client.get(path, headers=admin)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


@pytest.mark.parametrize(
    "body",
    [
        {"genre": ["Jazz"]},
        {"year": [1]},
        {"label": {"x": 1}},
        {"format": []},
        {"genres": "Jazz"},
        "x",
        ["Jazz"],
        7,
    ],
)
def test_a_body_that_asks_for_nothing_known_exports_nothing(
    client: FlaskClient, admin: Headers, desk: Desk, body: object
) -> None:
    for path in CHANGING[:2]:
        answer = client.post(path, json=body, headers=admin)
        assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert JobsService().newest() == []


def test_an_address_and_a_body_narrow_together(client: FlaskClient, admin: Headers, desk: Desk) -> None:
    asked = [({}, {"genre": "Jazz"}), ({"year": 1970, "genre": None}, {"genre": "Jazz", "year": 1970})]
    for body, wanted in asked:
        begun = client.post(f"/export/{JAZZ}?genre=Jazz", json=body, headers=admin)
        assert (begun.status_code, begun.json["parameters"]) == (202, wanted | {"folder_id": JAZZ})
    assert client.get(f"/export/{JAZZ}?genres=Jazz", headers=admin).status_code == 400


def test_the_queue_is_not_one_accounts_own(owner: FlaskClient, desk: Desk) -> None:
    statuses = [owner.post(f"/export/0?year={1990 + n}", headers=OURS).status_code for n in range(11)]
    assert statuses == [202] * 10 + [409]


def test_hostile_names_are_text(owner: FlaskClient, desk: Desk) -> None:
    desk.world.rename_folder(JAZZ, '<script>alert("x")</script>')
    desk.mirror.sync()
    for path in ("/folders", f"/export/{JAZZ}", "/import_cache"):
        text = owner.get(path, headers=PAGE).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text


def test_a_private_collection_says_why_there_is_nothing(
    app: Flask, client: FlaskClient, admin: Headers, desk: Desk, log_in: Callable[[str], FlaskClient]
) -> None:
    answer = log_in("passing_digger").get("/export/0", headers=PAGE)
    assert answer.status_code == 409
    assert "is not mirrored yet" in answer.text
