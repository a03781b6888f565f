"""The back room in a browser: told live, readable everywhere, and of use without scripts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from selenium import webdriver
from sqlalchemy import update

from app import create_app, extensions
from app.extensions import db
from app.models import Run
from app.services.jobs_service import JobsService
from config import Settings
from tests.browser.measures import CONTRASTS, SMALL_TARGETS, TOO_WIDE
from tests.browser.stock import Stock
from tests.browser.test_control import fill
from tests.browser.visiting import DESK, PHONE, Shop, Visitor, serving
from tests.builders import DAY, SELLER, MirrorBuilder
from tests.conftest import ADMIN, FakeClock, dispose
from tests.jobs.waiting import until
from tests.shelf_builder import ShelfBuilder

HELD = "/admin/runs/24"
ROOMS = ["/admin", "/admin/runs", HELD, "/admin/jobs", "/admin/accounts", "/admin/settings", "/admin/log"]
ALBUM = os.environ.get("WAXMIRROR_SCREENSHOTS")  # a folder for pictures of every page, for people to look at


@pytest.fixture
def app(base_settings: Settings, sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A shop at which a sync is at work, a run waits for a person and jobs were begun."""
    settings = base_settings.replace(
        database_url=sqlite_url, instance_path=tmp_path, discogs_seller_username=SELLER, log_level="INFO"
    )
    app = create_app(settings, start_clock=False)
    clock = FakeClock()
    clock.now = DAY + timedelta(minutes=2)
    app.extensions[extensions.KEY].clock = clock
    app.extensions[extensions.KEY].enqueue = lambda _run_id: None
    with app.app_context():
        mirror = MirrorBuilder(db.engine)
        for number in range(20):
            counts = {"added": number % 5, "removed": number % 7, "requests": 6 + number % 3}
            mirror.run(**counts)
        mirror.seller("another seller", is_active=False)
        ShelfBuilder(mirror, is_public=False)
        fill(mirror)
        jobs = JobsService()
        jobs.submit("csv-export", {"artist": "Can"})
        jobs.cancel(jobs.submit("csv-export", {})["id"])
    yield app
    dispose(app)


@pytest.fixture
def owner(app: Flask, chromium: webdriver.Chrome) -> Iterator[Visitor]:
    """The owner of the shop at a desk, logged in."""
    with serving(app) as url:
        visitor = Visitor(chromium, Shop(url, app.extensions[extensions.KEY].clock, Stock(0, 0, 0, 0)))
        visitor.begin()
        visitor.go("/admin")
        visitor.see("#admin_token").send_keys(ADMIN)
        visitor.see(".entry .button").click()
        visitor.see(".source-card")
        yield visitor
        visitor.leave()
        visitor.chrome.get("about:blank")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE, (320, 600)], ids=["desk", "phone", "smallest"])
def test_every_room_can_be_read_and_used_anywhere(owner: Visitor, scheme: str, size: tuple[int, int]) -> None:
    owner.prefer(**{"prefers-color-scheme": scheme})
    owner.resize(*size)
    for address in ROOMS:
        owner.go(address)
        owner.see("h1")
        photograph(owner, address, scheme, size)
        assert [found for found in owner.run(CONTRASTS) if found["ratio"] < 4.5] == [], address
        assert owner.run(SMALL_TARGETS) == [], address
        wide = owner.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address}: {owner.run(TOO_WIDE)}"
    assert [text for text in owner.complaints() if "Failed to load resource" not in text] == []


def photograph(owner: Visitor, address: str, scheme: str, size: tuple[int, int]) -> None:
    if ALBUM:
        height = owner.run("return document.documentElement.scrollHeight")
        owner.resize(size[0], min(height, 4000))
        name = f"{address.strip('/').replace('/', '-')}-{scheme}-{size[0]}.png"
        owner.chrome.save_screenshot(str(Path(ALBUM) / name))
        owner.resize(*size)


def test_the_overview_tells_what_goes_on_while_it_goes_on(app: Flask, owner: Visitor) -> None:
    assert "35.6 %" in owner.texts(".percent")
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(update(Run).where(Run.state == "running").values(items_done=400, pages_done=4))
    until(lambda: "71.2 %" in owner.texts(".percent"), "the page moves by itself")
    owner.see('[data-focus="cancel"]').click()
    until(lambda: owner.texts('[data-focus="cancel"]') == ["Stopping…"], "it is asked to stop")
    assert owner.address == "/admin"


def test_the_jobs_are_told_while_they_go_on(app: Flask, owner: Visitor) -> None:
    owner.go("/admin/jobs")
    button = owner.see('[data-focus^="cancel-"]')
    with app.app_context():
        jobs = JobsService()
        jobs.cancel(jobs.newest(state="queued")[0]["id"])
    until(lambda: not owner.all("progress"), "the end is told")
    assert button is not None


def test_without_scripts_what_waits_is_dismissed(app: Flask, owner: Visitor) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(update(Run).where(Run.state == "running").values(state="finished", outcome="cancelled"))
    owner.forbid_scripts()
    owner.go("/admin")
    assert owner.see("[data-without-script]").is_displayed()
    owner.see('[data-focus^="dismiss-"]').click()
    until(lambda: not owner.all('[data-focus^="dismiss-"]'), "nothing waits any more")
    assert owner.address == "/admin"
