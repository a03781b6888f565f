"""The overview of the back room, and what is true of each of its pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import extensions
from app.core.fingerprint import digest_of_ids
from config import Settings
from tests.builders import DAY, SELLER, MirrorBuilder
from tests.conftest import FakeClock
from tests.login.conftest import SAME_ORIGIN
from tests.web.back_room import let_in, press
from tests.web.pages import get, outline

ROOMS = ["/admin", "/admin/runs", "/admin/runs/1", "/admin/jobs", "/admin/settings", "/admin/log", "/admin/accounts"]
SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(discogs_seller_username=SELLER)


@pytest.fixture
def owner(app: Flask, client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock) -> FlaskClient:
    """A browser in which the admin logged in, half a minute after the last sync."""
    app.extensions[extensions.KEY].enqueue = lambda _run_id: None
    clock.now = DAY + timedelta(seconds=30)
    return let_in(client)


def held(mirror: MirrorBuilder, **fields: Any) -> tuple[int, int]:
    """A run that waits for a person, and the listing it holds back."""
    number = mirror.listing(artist="Nina Simone", title="Pastel Blues", **fields)
    digest = digest_of_ids([number])
    run = mirror.run(outcome="held", reason="guard.shrink", detail="1 of 1 would vanish", removal_digest=digest)
    mirror.hold(run, number)
    return run, number


def test_where_nobody_works_the_owner_is_told_to_start_a_worker(app: Flask, owner: FlaskClient) -> None:
    assert "Start a worker" not in get(owner, "/admin").text
    wired = app.extensions[extensions.KEY]
    wired.settings = wired.settings.replace(server_role="web")
    assert "Start a worker" in get(owner, "/admin").text
    lease = wired.locks.try_hold("scheduler")
    assert "Start a worker" not in get(owner, "/admin").text
    lease.release()


@pytest.mark.parametrize("address", ROOMS[1:])
def test_strangers_are_led_to_the_door(client: FlaskClient, mirror: MirrorBuilder, address: str) -> None:
    answer = get(client, address)
    assert (answer.status_code, f'href="/admin?next={address}"' in answer.text) == (401, True)


def test_the_door_shows_nothing_to_strangers(client: FlaskClient, mirror: MirrorBuilder) -> None:
    answer = get(client, "/admin")
    assert (answer.status_code, "Log in as the owner" in answer.text) == (200, True)
    assert "What is mirrored" not in answer.text


@pytest.mark.parametrize("address", ROOMS)
def test_every_page_is_kept_by_nobody_and_found_by_nobody(owner: FlaskClient, address: str) -> None:
    answer = get(owner, address)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert '<meta name="robots" content="noindex">' in answer.text
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<[^>]+\s(on\w+|style)=", answer.text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", answer.text)


@pytest.mark.parametrize("address", ROOMS)
def test_every_page_can_be_found_about_in(owner: FlaskClient, address: str) -> None:
    page = outline(get(owner, address))
    assert len(page.having("h1")) == 1
    assert len(page.having("a", aria_current="page")) >= 1 or address == "/admin/runs/1"
    ids = [found["id"] for _, found, _ in page.elements if "id" in found]
    assert len(ids) == len(set(ids))
    labelled = {one["for"] for one in page.having("label") if "for" in one}
    fields = [one for tag in ("input", "select") for one in page.having(tag) if one.get("type") != "hidden"]
    assert {one["id"] for one in fields} <= labelled
    named = {one["aria-labelledby"] for _, one, _ in page.elements if "aria-labelledby" in one}
    assert named <= set(ids)


def test_all_is_well(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing()
    text = get(owner, "/admin").text
    assert "All is well" in text
    assert "Seen whole 30 seconds ago" in text
    assert "Used in the last minute" in text
    assert "100,000" in text


def test_what_is_wrong_is_told_with_what_to_do(owner: FlaskClient, mirror: MirrorBuilder, clock: FakeClock) -> None:
    clock.now = DAY + timedelta(hours=9)
    mirror.run(outcome="failed", reason="net.dns", detail="no such name", data_digest=None, is_complete=False)
    text = get(owner, "/admin").text
    assert "Worth a look" in text
    assert "The last sync ended as failed (net.dns)." in text
    assert "Look whether this machine reaches Discogs" in text
    assert "Seen whole 9 hours ago: too long" in text


def test_what_waits_is_decided_here(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    run, number = held(mirror)
    answer = get(owner, "/admin")
    assert f"Run {run} waits for you" in answer.text
    assert "Look at what would vanish" in answer.text
    page = outline(answer)
    assert {f"/sync/runs/{run}/confirm", f"/sync/runs/{run}/dismiss"} <= {one["action"] for one in page.having("form")}
    assert {one["value"] for one in page.having("input", name="next")} == {"/admin"}
    assert press(owner, f"/sync/runs/{run}/dismiss", next="/admin") == (303, "/admin")
    assert owner.get(f"/api/data/{number}").status_code == 200
    assert f"Run {run}" not in get(owner, "/admin").text
    assert press(owner, f"/sync/runs/{run}/dismiss", next="/admin")[0] == 409


def test_a_button_leads_back_to_this_shop_alone(owner: FlaskClient) -> None:
    assert press(owner, "/sync/start", next="https://evil.example/") == (303, "/sync")


def test_other_sites_and_strangers_dismiss_nothing(app: Flask, owner: FlaskClient, mirror: MirrorBuilder) -> None:
    run, _ = held(mirror)
    assert owner.post(f"/sync/runs/{run}/dismiss", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert app.test_client().post(f"/sync/runs/{run}/dismiss", headers=SAME_ORIGIN).status_code == 401
    assert f"Run {run} waits for you" in get(owner, "/admin").text


def test_what_is_at_work_is_told_with_its_progress(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.run(
        state="running", outcome=None, finished_at=None, data_digest=None, items_done=100, items_total=400, pages_done=1
    )
    job = owner.post("/api/jobs", json={"kind": "csv-export"}, headers=SAME_ORIGIN).get_json()["job"]
    answer = get(owner, "/admin")
    assert "25.0 %" in answer.text
    page = outline(answer)
    assert page.having("a", href=f"/admin/jobs?state=queued#job-{job['id']}")
    assert page.having("meta", http_equiv="refresh"), "without scripts the page looks again by itself"


def test_no_text_breaks_out_of_its_place(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(artist=f"artist {SCRIPT}", title=f"title {SCRIPT}")
    run = mirror.run(outcome="held", reason="guard.shrink", detail=f"detail {SCRIPT}", latest_item=SCRIPT)
    mirror.hold(run, number)
    mirror.quarantine(run, place=f"place {SCRIPT}", item_id=9, problem=f"problem {SCRIPT}", raw=f"raw {SCRIPT}")
    mirror.seller(f"seller-{SCRIPT}")
    for address in [*ROOMS, f"/admin/runs/{run}"]:
        text = get(owner, address).text
        assert "<script>alert" not in text, address
        assert "<img src=x" not in text, address
        assert "}}49" not in text, address


OVERVIEW = [
    "who is logged in, as the door asks",
    *("the run at work", "the last sync", "the last sync of a shop", "held runs", "refusals", "collection: its source"),
    *("sources: at work", "live listings", "live copies", "live wants", "sources with their last sync"),
    *("health: schema", "state and sellers", "the newest sync", "the newest whole one", "held runs", "refusals"),
    *("ages of the sources", "jobs at work", "jobs that wait"),
]
FRAME = 3


@pytest.mark.parametrize("many", [0, 5])
def test_the_overview_costs_the_same_however_much_there_is(
    owner: FlaskClient, mirror: MirrorBuilder, counted: Callable[[], Any], many: int
) -> None:
    for number in range(many):
        mirror.listings(5, source_id=mirror.seller(f"seller {number}", is_active=False))
        mirror.run()
    with counted() as statements:
        assert get(owner, "/admin").status_code == 200
    assert len(statements) == FRAME + len(OVERVIEW), "\n".join(statements)
