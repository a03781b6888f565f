"""Sixty hostile texts in every field: pages show them as they are, and nothing of them becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from app.core.query import LONGEST_TEXT
from tests.api.hostile_mirror import IDS, fill
from tests.builders import MirrorBuilder
from tests.hostile import TEXTS, stored

OURS = ("/", "http://localhost/", "#", "https://www.discogs.com", "data:image/svg+xml")


@pytest.fixture
def hostile(mirror: MirrorBuilder) -> MirrorBuilder:
    """The mirror with all hostile texts."""
    fill(mirror)
    return mirror


class Page(HTMLParser):
    """What a browser would make of a page: its text, its elements, its addresses, its handlers."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "style"]
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "action"}]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def strange(page: Page) -> list[str]:
    """What a page of ours never has."""
    elements = page.elements & {"b", "x", "iframe", "object", "style", "base"}
    return [*page.handlers, *elements, *(each for each in page.addresses if not each.startswith(OURS))]


def test_a_listing_shows_its_texts_and_obeys_none(client: FlaskClient, hostile: MirrorBuilder) -> None:
    for name, text in TEXTS.items():
        answer = client.get(f"/listing/{IDS[name]}")
        page = Page(answer.text)
        assert answer.status_code == 200
        assert strange(page) == [], name
        assert " ".join(stored(text).split()) in " ".join(" ".join(page.texts).split()), name


def test_the_shop_shows_all_of_them_and_obeys_none(client: FlaskClient, hostile: MirrorBuilder) -> None:
    for address in ("/", "/?page=2", "/stats"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert strange(Page(answer.text)) == [], address


def test_what_is_asked_is_shown_again_and_not_obeyed(client: FlaskClient, hostile: MirrorBuilder) -> None:
    for name, text in TEXTS.items():
        for parameter in ("q", "artist", "format", "condition", "sort", "year"):
            answer = client.get(f"/?{parameter}={quote(text[:LONGEST_TEXT], errors='surrogatepass')}")
            assert answer.status_code in {200, 400}, f"{parameter} {name}"
            assert strange(Page(answer.text)) == [], f"{parameter} {name}"


def test_feeds_and_sitemaps_stay_xml(client: FlaskClient, hostile: MirrorBuilder) -> None:
    for address in ("/feeds/new.atom", "/feeds/price-drops.atom", "/sitemap.xml", "/sitemap-listings-1.xml"):
        assert ElementTree.fromstring(client.get(address).get_data()) is not None
