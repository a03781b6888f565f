"""What others know of a record in a browser, and the owner's page of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from selenium import webdriver
from sqlalchemy import update

from app import create_app, extensions
from app.core.enrichment import Field, State
from app.extensions import db
from app.models import JobRow
from config import Secret, Settings
from tests.browser.measures import CONTRASTS, SMALL_TARGETS, TOO_WIDE
from tests.browser.stock import Stock
from tests.browser.visiting import DESK, PHONE, PictureHost, Shop, Visitor, serving
from tests.builders import DAY, SELLER, MirrorBuilder
from tests.conftest import ADMIN, FakeClock, dispose
from tests.enrichment_builder import EnrichmentBuilder
from tests.jobs.waiting import until
from tests.shelf_builder import ShelfBuilder

NOTHING = Stock(0, 0, 0, 0)
LINK = "https://open.spotify.com/album/1"
TEXT = "Recorded in a castle, and still new.\n\nOf two discs, the second one is the darker one."
ITEM = "/admin/enrichment/item?kind=release&key=9"


@pytest.fixture
def app(base_settings: Settings, sqlite_url: str, tmp_path: Path, pictures: PictureHost) -> Iterator[Flask]:
    """A collection with an album of which everything is known, at a shop where providers are on."""
    settings = base_settings.replace(
        database_url=sqlite_url,
        instance_path=tmp_path,
        discogs_seller_username=SELLER,
        discogs_collection_username=SELLER,
        spotify_client_id="client",
        spotify_client_secret=Secret("secret"),
        spotify_api_url=f"{pictures.url}v1",
        log_level="ERROR",
    )
    app = create_app(settings, start_clock=False)
    clock = FakeClock()
    clock.now = DAY + timedelta(minutes=2)
    app.extensions[extensions.KEY].clock = clock
    with app.app_context():
        app.config["ADDRESSES"] = fill(MirrorBuilder(db.engine), pictures.url)
    yield app
    dispose(app)


def fill(mirror: MirrorBuilder, pictures: str) -> list[str]:
    """The pages to look at."""
    known, shelf = EnrichmentBuilder(mirror), ShelfBuilder(mirror)
    album = shelf.copy(release_id=9, artist="Can", title="Tago Mago")
    shelf.copy(release_id=10, artist="Nina Simone", title="Pastel Blues")
    number = mirror.listing(release_id=9, artist="Can", title="Tago Mago", image_uri=None)
    picture = {"uri": f"{pictures}covers/9.svg", "uri150": f"{pictures}covers/9.svg"}
    known.release(9, Field.COVER, "musicbrainz", picture, source="https://musicbrainz.org/release/9")
    known.release(9, Field.SPOTIFY_URL, "spotify", {"url": LINK}, source=LINK)
    known.release(9, Field.DESCRIPTION, "ai", {"text": TEXT}, model="model-7")
    known.artist("can", Field.ARTIST_IMAGE, "spotify", picture, source="https://open.spotify.com/artist/1")
    failed = {"state": State.FAILED, "attempts": 3, "problem": "503 · api.spotify.com", "again_at": DAY}
    known.release(10, Field.SPOTIFY_URL, "spotify", None, **failed)
    return [f"/collection/{album}", f"/listing/{number}", "/collection", "/admin/enrichment", ITEM]


@pytest.fixture
def owner(app: Flask, chromium: webdriver.Chrome) -> Iterator[Visitor]:
    """The owner at a desk, logged in."""
    with serving(app) as url:
        visitor = Visitor(chromium, Shop(url, app.extensions[extensions.KEY].clock, NOTHING))
        visitor.begin()
        visitor.go("/admin?next=/admin/enrichment")
        visitor.see("#admin_token").send_keys(ADMIN)
        visitor.see(".entry .button").click()
        visitor.see(".provider")
        yield visitor
        visitor.leave()
        visitor.chrome.get("about:blank")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_it_can_be_read_and_used_anywhere(
    app: Flask, owner: Visitor, pictures: PictureHost, scheme: str, size: tuple[int, int]
) -> None:
    owner.prefer(**{"prefers-color-scheme": scheme})
    owner.resize(*size)
    for address in app.config["ADDRESSES"]:
        owner.go(address)
        owner.see("h1")
        assert [found for found in owner.run(CONTRASTS) if found["ratio"] < 4.5] == [], address
        assert owner.run(SMALL_TARGETS) == [], address
        wide = owner.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address}: {owner.run(TOO_WIDE)}"
        assert [text for text in owner.complaints() if "Failed to load resource" not in text] == [], address
    assert {url for url in owner.requests() if not url.startswith((owner.shop.url, pictures.url))} == set()


@pytest.mark.parametrize("place", [0, 1], ids=["album", "listing"])
def test_pictures_that_were_found_are_there(app: Flask, owner: Visitor, place: int) -> None:
    owner.go(app.config["ADDRESSES"][place])
    owner.see(".artist-picture img").location_once_scrolled_into_view  # noqa: B018  it is lazy
    sizes = "return [...document.querySelectorAll('img[data-cover]')].map(one => one.naturalWidth > 0)"
    until(lambda: owner.run(sizes) == [True, True], "both pictures")
    assert owner.see(f'a[href="{LINK}"]').get_attribute("rel") == "noopener nofollow"


def test_a_batch_is_told_while_it_goes_on(app: Flask, owner: Visitor) -> None:
    owner.see(".sync-start .button").click()
    until(lambda: owner.texts("#batch") == ["The batch at work"], "it is queued")
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(update(JobRow).values(state="running", done=59, total=236))
    until(lambda: owner.texts(".percent") == ["25.0 %"], "the page moves by itself")
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(update(JobRow).values(state="done", done=236))
    until(lambda: owner.texts("#batch") == ["The last batch"], "the end is told as well")
    assert not owner.all("progress")


def test_without_scripts_a_text_is_hidden_and_shown_again(app: Flask, owner: Visitor) -> None:
    owner.forbid_scripts()
    owner.go(ITEM)
    owner.see('#description input[value="hide"] ~ button').click()
    until(lambda: "Visitors see nothing of it." in owner.texts("#description .soft"), "it is hidden")
    owner.see('#description input[value="unhide"] ~ button').click()
    until(lambda: owner.texts("#description .known-value")[:1] == [" ".join(TEXT.split())], "it is shown again")
