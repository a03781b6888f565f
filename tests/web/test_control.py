"""The page of the sync, and its buttons."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import extensions
from app.core.fingerprint import digest_of_ids
from config import Settings
from tests.builders import DAY, SELLER, MirrorBuilder
from tests.conftest import ADMIN, FakeClock
from tests.login.conftest import SAME_ORIGIN
from tests.web.pages import BROWSER, get, outline


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(discogs_seller_username=SELLER)


@pytest.fixture(autouse=True)
def queued(app: Flask) -> list[int]:
    """Run ids handed to the queue; nobody works them off."""
    ids: list[int] = []
    app.extensions[extensions.KEY].enqueue = ids.append
    return ids


@pytest.fixture
def owner(client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock) -> FlaskClient:
    """A browser in which the admin logged in, half a minute after the last sync."""
    clock.now = DAY + timedelta(seconds=30)
    assert client.post("/admin", data={"admin_token": ADMIN}, headers=SAME_ORIGIN).status_code == 303
    return client


def press(client: FlaskClient, address: str, **form: str) -> tuple[int, str]:
    """(status, where it leads) of a form of the page."""
    answer = client.post(address, data=form, headers=SAME_ORIGIN | BROWSER)
    return answer.status_code, answer.headers.get("Location", "")


def test_strangers_are_led_to_the_door(client: FlaskClient, mirror: MirrorBuilder) -> None:
    answer = get(client, "/sync")
    assert (answer.status_code, 'href="/admin?next=/sync"' in answer.text) == (401, True)
    for address in ("/sync/start", "/sync/cancel", "/sync/runs/1/confirm", "/sync/runs/1/undo"):
        assert press(client, address)[0] == 401, address


def test_other_sites_press_no_buttons(owner: FlaskClient) -> None:
    for address in ("/sync/start", "/sync/cancel", "/sync/runs/1/confirm", "/sync/runs/1/undo"):
        assert owner.post(address, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403, address


def test_an_idle_mirror(owner: FlaskClient) -> None:
    answer = get(owner, "/sync")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert '<meta name="robots" content="noindex">' in answer.text
    assert "Done" in answer.text
    page = outline(answer)
    assert not page.having("progress")
    assert not page.having("meta", http_equiv="refresh")
    assert [one["action"] for one in page.having("form", method="post")] == ["/sync/start"]


def test_a_run_at_work_is_told_with_all_there_is_to_know(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.run(
        state="running",
        outcome=None,
        finished_at=None,
        data_digest=None,
        items_done=100,
        items_total=400,
        pages_done=1,
        pages_total=4,
        waiting_for="12 s: Discogs asks for patience",
    )
    answer = get(owner, "/sync")
    for told in ("25.0 %", "100 of 400", "1 of 4", "3.3 a second", "2 minutes", "12 s: Discogs asks for patience"):
        assert told in answer.text, told
    page = outline(answer)
    assert [one["value"] for one in page.having("progress")] == ["25.0"]
    assert page.having("meta", http_equiv="refresh"), "without scripts the page looks again by itself"
    assert "/sync/cancel" in [one["action"] for one in page.having("form")]


def test_the_start_button(owner: FlaskClient, queued: list[int]) -> None:
    assert press(owner, "/sync/start", source="inventory", force_full="1") == (303, "/sync")
    run = owner.get(f"/api/sync/runs/{queued[0]}").get_json()
    assert (run["source"], run["force_full"], run["trigger"]) == ("inventory", True, "manual")
    answer = owner.post("/sync/start", headers=SAME_ORIGIN | BROWSER)
    assert (answer.status_code, "Back to the sync" in answer.text) == (409, True)
    assert press(owner, "/sync/start", source="everything")[0] == 400
    assert press(owner, "/sync/cancel") == (303, "/sync")
    assert owner.get(f"/api/sync/runs/{queued[0]}").get_json()["outcome"] == "cancelled"


def test_a_held_run_is_explained_and_confirmed(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(artist="Nina Simone", title="Pastel Blues")
    held = mirror.run(
        outcome="held",
        reason="guard.shrink",
        detail="1 of 1 listings would vanish",
        removal_digest=digest_of_ids([number]),
        view="owner",
    )
    mirror.hold(held, number)
    answer = get(owner, "/sync")
    assert f"Run {held} waits for you" in answer.text
    assert "1 of 1 listings would vanish" in answer.text
    assert "<bdi>Nina Simone</bdi> – <bdi>Pastel Blues</bdi>" in answer.text
    assert press(owner, f"/sync/runs/{held}/confirm") == (303, "/sync")
    assert owner.get(f"/api/data/{number}").status_code == 410
    assert "waits for you" not in get(owner, "/sync").text
    assert press(owner, f"/sync/runs/{mirror.run_id}/confirm")[0] == 409


def test_removals_are_undone(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    run = mirror.run_id = mirror.run(removed=1)
    number = mirror.listing(removed="deleted")
    mirror.change(number, "remove", public_kind="remove")
    assert f'action="/sync/runs/{run}/undo"' in get(owner, "/sync").text
    assert press(owner, f"/sync/runs/{run}/undo") == (303, "/sync")
    assert owner.get(f"/api/data/{number}").status_code == 200
    assert press(owner, "/sync/runs/999/undo")[0] == 404


def test_what_could_not_be_read_is_shown_as_it_came(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    run = mirror.run(rejected=1)
    raw = '{"id": "<script>alert(1)</script>"}'
    mirror.quarantine(run, place="page 3 row 17", item_id=9, problem="status is missing", raw=raw)
    text = get(owner, "/sync").text
    assert "page 3 row 17" in text
    assert "status is missing" in text
    assert "<script>alert" not in text


def test_nothing_configured_leads_to_the_setup(app: Flask, client: FlaskClient) -> None:
    page = outline(get(client, "/"))
    assert page.having("a", href="/setup")
    assert page.having("a", href="/login")
