"""A shop behind a real server, a host of pictures beside it, and the system's Chromium in front."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service

from app import create_app, extensions
from app.services.shop_index import ShopIndexWriter
from config import Settings
from tests.browser.stock import fill
from tests.browser.visiting import PictureHost, Shop, Visitor, serving
from tests.builders import DAY, MirrorBuilder
from tests.conftest import IN_CI, FakeClock, dispose

logging.getLogger("selenium").setLevel(logging.WARNING)  # it tells every exchange with the driver
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--force-device-scale-factor=1",
    "--lang=en-GB",
)


@pytest.fixture(scope="session")
def pictures() -> Iterator[PictureHost]:
    """Where covers come from; it is neither the shop nor Discogs."""
    host = PictureHost()
    with serving(host) as host.url:
        yield host


@pytest.fixture(scope="session")
def shop(
    base_settings: Settings,
    migrated_sqlite: Path,
    tmp_path_factory: pytest.TempPathFactory,
    pictures: PictureHost,
) -> Iterator[Shop]:
    """A filled shop that listens; the same for all tests, which only look at it."""
    folder = tmp_path_factory.mktemp("shop")
    shutil.copy(migrated_sqlite, folder / "mirror.db")
    settings = base_settings.replace(
        database_url=f"sqlite:///{folder / 'mirror.db'}", instance_path=folder, discogs_api_url=pictures.url
    )
    app = create_app(settings, start_clock=False)
    clock = FakeClock()
    clock.now = DAY.replace(hour=10)
    app.extensions[extensions.KEY].clock = clock
    with app.app_context():
        builder = MirrorBuilder(extensions.db.engine, ShopIndexWriter.of(settings))
    stock = fill(builder, pictures.url)
    with serving(app) as url:
        yield Shop(url, clock, stock)
    dispose(app)


@pytest.fixture(scope="session")
def chromium() -> Iterator[webdriver.Chrome]:
    """The system's Chromium. Without one the tests are skipped; in continuous integration that is a failure."""
    browser, driver = shutil.which("chromium") or shutil.which("chromium-browser"), shutil.which("chromedriver")
    if browser is None or driver is None:
        reason = "no chromium and chromedriver (Debian: apt-get install chromium chromium-driver)"
        if IN_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    try:
        chrome = webdriver.Chrome(options=options, service=Service(driver))
    except WebDriverException as error:
        pytest.fail(f"Chromium does not start: {error.msg}")
    chrome.set_page_load_timeout(30)
    yield chrome
    chrome.quit()


@pytest.fixture
def visitor(chromium: webdriver.Chrome, shop: Shop) -> Iterator[Visitor]:
    """Somebody at a desk who has never been here and prefers light."""
    visitor = Visitor(chromium, shop)
    visitor.begin()
    yield visitor
    visitor.leave()
