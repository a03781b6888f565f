"""The page of the sync in a browser: told live, readable, and of use without scripts."""

from __future__ import annotations

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
from config import Settings
from tests.browser.measures import CONTRASTS, SMALL_TARGETS, TOO_WIDE
from tests.browser.stock import Stock
from tests.browser.visiting import DESK, PHONE, Shop, Visitor, serving
from tests.builders import DAY, SELLER, MirrorBuilder
from tests.conftest import ADMIN, FakeClock, dispose
from tests.jobs.waiting import until

NOTHING = Stock(0, 0, 0, 0)


@pytest.fixture
def app(base_settings: Settings, sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A shop at which one sync is at work and another waits for a person."""
    settings = base_settings.replace(
        database_url=sqlite_url, instance_path=tmp_path, discogs_seller_username=SELLER, log_level="ERROR"
    )
    app = create_app(settings, start_clock=False)
    clock = FakeClock()
    clock.now = DAY + timedelta(minutes=2)
    app.extensions[extensions.KEY].clock = clock
    app.extensions[extensions.KEY].enqueue = lambda _run_id: None
    with app.app_context():
        fill(MirrorBuilder(db.engine))
    yield app
    dispose(app)


def fill(mirror: MirrorBuilder) -> None:
    numbers = [mirror.listing(artist="Nina Simone", title=f"Pastel Blues {number}") for number in range(30)]
    mirror.run(removed=3, updated=12, requests=8, rejected=1)
    mirror.run(outcome="failed", reason="net.dns", detail="net.dns · api.discogs.com", data_digest=None, requests=3)
    held = mirror.run(
        outcome="held", reason="guard.shrink", detail="30 of 562 listings would vanish; confirm to remove them"
    )
    mirror.hold(held, *numbers)
    mirror.quarantine(held, place="page 3 row 17", item_id=9, problem="status is missing", raw='{"id": 9}' * 40)
    mirror.run(
        state="running",
        outcome=None,
        finished_at=None,
        data_digest=None,
        items_done=200,
        items_total=562,
        pages_done=2,
        pages_total=6,
        requests=4,
        waiting_for="12 s: Discogs asks for patience",
    )


@pytest.fixture
def owner(app: Flask, chromium: webdriver.Chrome) -> Iterator[Visitor]:
    """The owner of the shop at a desk, logged in."""
    with serving(app) as url:
        visitor = Visitor(chromium, Shop(url, app.extensions[extensions.KEY].clock, NOTHING))
        visitor.begin()
        visitor.go("/sync")
        visitor.see('a[href="/admin?next=/sync"]').click()
        visitor.see("#admin_token").send_keys(ADMIN)
        visitor.see(".entry .button").click()
        visitor.see(".source-card")
        yield visitor
        visitor.leave()
        visitor.chrome.get("about:blank")


def test_it_tells_what_goes_on_while_it_goes_on(app: Flask, owner: Visitor) -> None:
    assert owner.address == "/sync"
    assert owner.texts(".percent") == ["35.6 %"]
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(update(Run).where(Run.state == "running").values(items_done=400, pages_done=4))
    until(lambda: owner.texts(".percent") == ["71.2 %"], "the page moves by itself")
    owner.see('[data-focus="cancel"]').click()
    until(lambda: owner.texts('[data-focus="cancel"]') == ["Stopping…"], "it is asked to stop")
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(update(Run).where(Run.state == "running").values(state="finished", outcome="cancelled"))
    until(lambda: not owner.all("progress"), "the end is told as well")
    assert [text for text in owner.complaints() if "Failed to load resource" not in text] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE, (320, 600)], ids=["desk", "phone", "smallest"])
def test_it_can_be_read_and_used_anywhere(owner: Visitor, scheme: str, size: tuple[int, int]) -> None:
    owner.prefer(**{"prefers-color-scheme": scheme})
    owner.resize(*size)
    for address in ("/sync", "/admin", "/setup"):
        owner.go(address)
        owner.see("h1")
        assert [found for found in owner.run(CONTRASTS) if found["ratio"] < 4.5] == [], address
        assert owner.run(SMALL_TARGETS) == [], address
        wide = owner.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address}: {owner.run(TOO_WIDE)}"


def test_without_scripts_it_looks_again_and_its_buttons_work(owner: Visitor) -> None:
    owner.forbid_scripts()
    owner.go("/sync")
    assert owner.see("[data-without-script]").is_displayed()
    owner.see('[data-focus="cancel"]').click()
    until(lambda: owner.texts('[data-focus="cancel"]') == ["Stopping…"], "it is asked to stop")
