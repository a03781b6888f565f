"""The pages of the collection in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from selenium import webdriver
from sqlalchemy import insert

from app import create_app, extensions
from app.extensions import db
from app.models import CollectionValueRow
from config import Settings
from tests.browser.measures import CONTRASTS, SMALL_TARGETS, TOO_WIDE
from tests.browser.stock import Stock
from tests.browser.visiting import DESK, PHONE, PictureHost, Shop, Visitor, serving
from tests.builders import DAY, SELLER, MirrorBuilder
from tests.conftest import ADMIN, FakeClock, dispose
from tests.core.test_releases import body
from tests.jobs.waiting import until
from tests.shelf_builder import ShelfBuilder

NOTHING = Stock(0, 0, 0, 0)
ADDRESSES = ["/collection", "/collection?view=table", "/collection/stats", "/collection/{}", "/collection?q=zzzz"]
GENRES = ("Jazz", "Rock", "Electronic")


@pytest.fixture(scope="module")
def app(
    base_settings: Settings,
    migrated_sqlite: Path,
    tmp_path_factory: pytest.TempPathFactory,
    pictures: PictureHost,
) -> Iterator[Flask]:
    """A collection of sixty records that everybody may see."""
    folder = tmp_path_factory.mktemp("collection")
    shutil.copy(migrated_sqlite, folder / "mirror.db")
    settings = base_settings.replace(
        database_url=f"sqlite:///{folder / 'mirror.db'}",
        instance_path=folder,
        discogs_api_url=pictures.url,
        discogs_seller_username=SELLER,
        discogs_collection_username=SELLER,
    )
    app = create_app(settings, start_clock=False)
    clock = FakeClock()
    clock.now = DAY + timedelta(hours=2)
    app.extensions[extensions.KEY].clock = clock
    with app.app_context():
        app.config["ALBUM"] = fill(MirrorBuilder(db.engine), pictures.url)
    yield app
    dispose(app)


def fill(mirror: MirrorBuilder, pictures: str) -> str:
    """The id of a copy of which everything is known."""
    shelf = ShelfBuilder(mirror)
    mirror.run(source_id=shelf.source_id)
    told = [
        {
            "artist": f"Quartet {number:02}",
            "title": f"Evening {number:02}",
            "label": "Night Records",
            "catalog_number": f"NR {number:03}",
            "format": "LP, Album" if number % 2 else "CD, Album",
            "year": 1950 + number,
            "genres": GENRES[number % 3],
            "styles": "Modal" if number % 2 else None,
            "rating": number % 6 or None,
            "folder_id": (1, 7)[number % 2],
            "cover_image": f"{pictures}covers/{number}.svg" if number % 5 else None,
            "added_at": DAY - timedelta(days=20 * number),
        }
        for number in range(60)
    ]
    shelf.copies(told)
    mirror.body(9, body())
    mirror.listing(release_id=9, price_minor=2450)
    with mirror.engine.begin() as connection:
        connection.execute(insert(CollectionValueRow), [worth(shelf, day) for day in range(20)])
    return shelf.copy(
        release_id=9,
        artist="Miles Davis",
        title="Kind Of Blue",
        format="LP, Album, Mono",
        label="Columbia",
        year=1959,
        genres="Jazz",
        styles="Modal",
        rating=5,
        notes={1: "Near Mint (NM or M-)", 3: "Bought from my uncle.\nPlays beautifully."},
        folder_id=7,
        cover_image=f"{pictures}covers/told.svg",
        added_at=DAY,
    )


def worth(shelf: ShelfBuilder, day: int) -> dict[str, object]:
    amount = 100_000 + (day * 7919) % 20_000
    amounts = {"minimum_minor": amount // 2, "median_minor": amount, "maximum_minor": 2 * amount}
    return {"source_id": shelf.source_id, "at": DAY - timedelta(days=20 - day), "currency": "EUR", **amounts}


@pytest.fixture
def visitor(app: Flask, chromium: webdriver.Chrome) -> Iterator[Visitor]:
    """A stranger at a desk."""
    with serving(app) as url:
        visitor = Visitor(chromium, Shop(url, app.extensions[extensions.KEY].clock, NOTHING))
        visitor.begin()
        yield visitor
        visitor.leave()
        visitor.chrome.get("about:blank")


@pytest.fixture
def owner(visitor: Visitor) -> Visitor:
    """The owner, logged in."""
    visitor.go("/admin?next=/collection")
    visitor.see("#admin_token").send_keys(ADMIN)
    visitor.see(".entry .button").click()
    visitor.see(".card")
    return visitor


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE, (320, 600)], ids=["desk", "phone", "smallest"])
def test_it_can_be_read_and_used_anywhere(app: Flask, owner: Visitor, scheme: str, size: tuple[int, int]) -> None:
    owner.prefer(**{"prefers-color-scheme": scheme})
    owner.resize(*size)
    for address in ADDRESSES:
        owner.go(address.format(app.config["ALBUM"]))
        owner.see("h1")
        assert [found for found in owner.run(CONTRASTS) if found["ratio"] < 4.5] == [], address
        assert owner.run(SMALL_TARGETS) == [], address
        wide = owner.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address}: {owner.run(TOO_WIDE)}"
        assert [text for text in owner.complaints() if "Failed to load resource" not in text] == [], address


@pytest.mark.parametrize("width", [1280, 900, 600, 500, 480, 360, 320])
def test_the_head_of_a_page_takes_two_lines_at_most(visitor: Visitor, width: int) -> None:
    """Also of a shop that leads to a collection."""
    visitor.resize(width, 740)
    for address in ("/", "/collection"):
        visitor.go(address)
        assert [name for role, name in visitor.controls() if not name] == [], address
        tops = "return ['.brand', '.places', '.theme'].map(one => document.querySelector(one).getBoundingClientRect())"
        boxes = visitor.run(f"{tops}.map(({{top, bottom, right}}) => [(top + bottom) / 2, right])")
        middles, rights = zip(*boxes, strict=True)
        assert max(middles) - min(middles) < 4, f"{address}: one line"
        assert max(rights) <= width, address


def test_it_is_searched_and_narrowed_in_place(visitor: Visitor) -> None:
    visitor.go("/collection")
    visitor.see("#q").send_keys("evening 07")
    until(lambda: visitor.titles() == ["Evening 07"], "found while typing")
    assert visitor.address == "/collection?q=evening+07"
    visitor.see('[data-focus="view-table"]').click()
    until(lambda: visitor.texts('.albums th[scope="row"]') == ["Evening 07"], "as a table")
    visitor.see("#q").clear()
    visitor.go("/collection")
    visitor.see('a.facet[data-focus="genre-Jazz"]').click()
    until(lambda: visitor.texts("#results") == ["21 records"], "narrowed")


def test_the_owner_goes_through_folders(owner: Visitor) -> None:
    owner.see('[data-focus="folder-7"]').click()
    until(lambda: owner.texts("#results") == ["31 records"], "what lies in the folder")
    assert owner.see('[data-focus="folder-7"]').get_attribute("aria-current") == "true"
