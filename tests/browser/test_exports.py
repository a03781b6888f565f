"""The pages of exports in a browser: begin one, watch it, fetch it, stop it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium import webdriver

from app import create_app, extensions
from app.services.discogs_connection import connect
from config import Secret, Settings
from scripts.fake_discogs import FakeDiscogs, Fault, World
from tests.browser.measures import CONTRASTS, SMALL_TARGETS, TOO_WIDE
from tests.browser.office import Office
from tests.browser.stock import Stock
from tests.browser.visiting import DESK, PHONE, Shop, Visitor, serving
from tests.collection.conftest import ShelfMirror
from tests.conftest import ADMIN, FakeClock, dispose
from tests.exports.conftest import COPIES, JAZZ, LISTINGS, Desk
from tests.jobs.waiting import until

NOTHING = Stock(0, 0, 0, 0)
ADDRESSES = ["/folders", f"/export/{JAZZ}", "/export/0", "/marketplace", "/import_cache", "/batch/list"]


@pytest.fixture
def office(base_settings: Settings, migrated_sqlite: Path, tmp_path: Path) -> Iterator[Office]:
    """A mirrored shop and collection, of whose releases nothing was read yet."""
    shutil.copy(migrated_sqlite, tmp_path / "mirror.db")
    with FakeDiscogs(World.generate(seed=5, listings=LISTINGS, copies=COPIES, for_sale=LISTINGS)) as fake:
        name = fake.world.seller.username
        settings = base_settings.replace(
            database_url=f"sqlite:///{tmp_path / 'mirror.db'}",
            instance_path=tmp_path,
            discogs_api_url=fake.url,
            discogs_token=Secret(fake.token),
            discogs_seller_username=name,
            discogs_collection_username=name,
            discogs_timeout=30.0,
            log_level="CRITICAL",
        )
        app = create_app(settings, start_clock=False)
        clock = FakeClock()
        with app.app_context():
            desk = Desk(ShelfMirror(fake, clock), clock)
            desk.mirror.sync()
            desk.mirror.sync("inventory")
            extensions.wiring().connect = connect  # a patient one: tests let answers wait
        yield Office(app, desk)
        dispose(app)


@pytest.fixture
def owner(office: Office, chromium: webdriver.Chrome, tmp_path: Path) -> Iterator[Visitor]:
    """The owner at a desk, logged in; what is downloaded falls into the test's folder."""
    (tmp_path / "downloads").mkdir()
    behaviour = {"behavior": "allow", "downloadPath": str(tmp_path / "downloads")}
    chromium.execute_cdp_cmd("Browser.setDownloadBehavior", behaviour)
    with serving(office.app) as url:
        visitor = Visitor(chromium, Shop(url, office.app.extensions[extensions.KEY].clock, NOTHING))
        visitor.begin()
        visitor.go("/admin?next=/folders")
        visitor.see("#admin_token").send_keys(ADMIN)
        visitor.see(".entry .button").click()
        visitor.see(".export-folders")
        yield visitor
        visitor.leave()
        visitor.chrome.get("about:blank")


def state(visitor: Visitor) -> str:
    return next(iter(visitor.texts("#state")), "")


def begin(visitor: Visitor, address: str) -> None:
    visitor.go(address)
    visitor.see(".export-form .button").click()
    until(lambda: state(visitor) == "Waiting", "it waits for its turn")


def downloaded(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.endswith((".crdownload", ".tmp"))]


def test_a_folder_is_chosen_watched_and_fetched(office: Office, owner: Visitor, tmp_path: Path) -> None:
    owner.see(f'.export-folders a[href="/export/{JAZZ}"]').click()
    owner.see(".export-form .button").click()
    until(lambda: state(owner) == "Waiting", "it waits for its turn")
    with office.working_until(3):
        until(lambda: state(owner) == "At work", "the page moves by itself")
        assert owner.all(".export-card progress")
    until(lambda: state(owner) == "Done", "its end is told as well")
    assert not owner.all(".export-card progress")
    owner.see(".export-card a.button").click()
    until(lambda: downloaded(tmp_path / "downloads"), "the file came")
    (file,) = downloaded(tmp_path / "downloads")
    assert file.name.startswith("collection-jazz-more-")
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == sum(copy.folder_id == JAZZ for copy in office.desk.world.copies.values())
    assert owner.complaints() == []


def test_an_export_at_work_is_cancelled(office: Office, owner: Visitor, tmp_path: Path) -> None:
    begin(owner, "/export/0")
    stop = owner.see(".export-quiet")
    owner.run("arguments[0].focus()", stop)
    with office.working_until(2):
        until(lambda: state(owner) == "At work", "it goes on")
        assert owner.run("return document.activeElement === arguments[0]", stop), "what did not change stays"
        # At one moment: what comes while the pointer is on its way may move the button from under it.
        owner.run("document.querySelector('.export-quiet').click()")
        until(lambda: state(owner) == "Stopping", "it is asked to stop")
    until(lambda: state(owner) == "Cancelled", "it has stopped")
    assert not owner.all(".export-quiet")
    assert not owner.all(".export-card a.button")
    assert not list(tmp_path.glob("results/*"))


def test_the_shop_and_what_is_read_ahead(office: Office, owner: Visitor) -> None:
    owner.go("/import_cache")
    owner.see('.export-choice input[value="0"]').click()
    owner.see(".export-form .button").click()
    until(lambda: state(owner) == "Waiting", "it waits for its turn")
    office.work()
    until(lambda: state(owner) == "Done", "everything was read")
    owner.shop.clock.advance(seconds=1)
    begin(owner, "/marketplace")
    office.work()
    until(lambda: state(owner) == "Done", "it is written")
    assert f"{LISTINGS} of {LISTINGS} records ready." in owner.texts(".export-card p")
    owner.go("/batch/list")
    assert [text.split(" ")[0] for text in owner.texts(".export-list li")] == ["Marketplace", "Reading"]


def test_rows_that_are_missing_are_told_before_and_after(office: Office, owner: Visitor) -> None:
    office.desk.world.add_copy()
    fault = Fault("item", "/users/*/collection/folders/0/releases", name="basic_missing", row="last")
    office.desk.fake.faults.add(fault)
    with office.app.app_context():
        office.desk.mirror.sync()
    office.desk.fake.faults.clear()
    owner.go("/export/0")
    assert "1 copy could not be read" in owner.see('.export-note[role="note"]').text
    owner.see(".export-form .button").click()
    until(lambda: state(owner) == "Waiting", "it waits for its turn")
    office.work()
    until(lambda: state(owner) == "Done", "it is written")
    assert owner.see(".export-card a.button").text.endswith("-without-1.csv")
    assert "Rows missing 1" in owner.texts(".export-facts div")


def test_without_scripts_it_is_asked_for_and_fetched(office: Office, owner: Visitor) -> None:
    owner.forbid_scripts()
    begin(owner, f"/export/{JAZZ}")
    office.work()
    owner.go(owner.address)
    assert owner.see(".export-card a.button").text.startswith("Download collection-jazz-more-")


def test_no_page_complains_or_asks_anybody_else(office: Office, owner: Visitor) -> None:
    begin(owner, f"/export/{JAZZ}")
    progress = owner.address
    office.work()
    owner.requests()
    for address in [*ADDRESSES, progress]:
        owner.go(address)
        owner.see("h1")
        assert owner.complaints() == [], address
        assert {urlsplit(url).netloc for url in owner.requests()} == {urlsplit(owner.shop.url).netloc}, address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_they_can_be_read_and_used_anywhere(office: Office, owner: Visitor, scheme: str) -> None:
    begin(owner, "/export/0")
    progress = owner.address
    owner.prefer(**{"prefers-color-scheme": scheme})
    with office.working_until(2):
        usable_everywhere(owner, [progress])
    until(lambda: state(owner) == "Done", "it is written")
    usable_everywhere(owner, [*ADDRESSES, progress])


def usable_everywhere(visitor: Visitor, addresses: list[str]) -> None:
    for address in addresses:
        visitor.go(address)
        visitor.see("h1")
        for size in (DESK, PHONE, (320, 600)):
            visitor.resize(*size)
            low = [found for found in visitor.run(CONTRASTS) if found["ratio"] < 4.5]
            assert low == [], f"{address} at {size}"
            assert visitor.run(SMALL_TARGETS) == [], f"{address} at {size}"
            wide = visitor.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{address} at {size}: {visitor.run(TOO_WIDE)}"
