"""The sitemap and robots.txt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.robotparser import RobotFileParser
from xml.etree.ElementTree import Element, fromstring

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import extensions
from app.services import shop_sitemap
from app.web import crawlers
from tests.builders import DAY, SELLER, MirrorBuilder
from tests.shelf_builder import ShelfBuilder
from tests.web.pages import get, outline

S = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three listings a part, read two at a time."""
    monkeypatch.setattr(crawlers, "MOST_ADDRESSES", 3)
    monkeypatch.setattr(shop_sitemap, "BATCH", 2)


def listed(client: FlaskClient, address: str) -> dict[str, str | None]:
    """Address → lastmod."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.content_type == "application/xml; charset=utf-8"
    return {_url(place): place.findtext(f"{S}lastmod") for place in fromstring(answer.data)}


def _url(place: Element) -> str:
    return place.findtext(f"{S}loc", "")


def path(address: str) -> str:
    return address.removeprefix("http://localhost")


def test_the_index_leads_to_every_listing_for_sale(client: FlaskClient, mirror: MirrorBuilder) -> None:
    numbers = mirror.listings(3)
    mirror.listing(status="Draft")
    mirror.listing(removed="sold")
    index = listed(client, "/sitemap.xml")
    assert [path(url) for url in index] == ["/sitemap-pages.xml", "/sitemap-listings-1.xml"]
    assert set(index.values()) == {DAY.isoformat()}
    found = {url: lastmod for part in index for url, lastmod in listed(client, path(part)).items()}
    assert [path(url) for url in found] == ["/", "/stats", *(f"/listing/{number}" for number in numbers)]
    assert set(found.values()) == {DAY.isoformat()}


@pytest.mark.parametrize(
    ("visibility", "is_public", "is_told"),
    [("auto", True, True), ("auto", False, False), ("private", True, False), ("public", False, True)],
)
def test_a_collection_is_named_and_linked_to_where_everybody_may_see_it(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, *, visibility: str, is_public: bool, is_told: bool
) -> None:
    wired = app.extensions[extensions.KEY]
    wired.settings = wired.settings.replace(collection_visibility=visibility, discogs_collection_username=SELLER)
    ShelfBuilder(mirror, is_public=is_public).copy()
    assert client.get("/collection").status_code == (200 if is_told else 401)
    told = [path(url) for url in listed(client, "/sitemap-pages.xml")]
    assert told == ["/", "/stats", *(["/collection", "/collection/stats"] if is_told else [])]
    assert bool(outline(get(client, "/")).having("a", href="/collection")) is is_told


def test_a_guests_collection_that_nobody_asks_about_any_more_is_not_linked_to(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder
) -> None:
    ShelfBuilder(mirror, "passing_digger").copy()
    assert not outline(get(client, "/")).having("a", href="/collection")


@pytest.mark.usefixtures("small_parts")
def test_no_part_is_too_large_and_none_overlap(client: FlaskClient, mirror: MirrorBuilder) -> None:
    numbers = mirror.listings(7)
    parts = [url for url in listed(client, "/sitemap.xml") if "listings" in url]
    found = [[path(url) for url in listed(client, path(part))] for part in parts]
    assert [len(part) for part in found] == [3, 3, 1]
    assert [url for part in found for url in part] == [f"/listing/{number}" for number in numbers]
    assert client.get("/sitemap-listings-4.xml").status_code == 404
    assert client.get("/sitemap-listings-0.xml").status_code == 404


@pytest.mark.usefixtures("small_parts")
def test_full_parts_stay_when_listings_come(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listings(3)
    before = listed(client, "/sitemap-listings-1.xml")
    mirror.listings(2)
    assert listed(client, "/sitemap-listings-1.xml") == before
    assert len(listed(client, "/sitemap-listings-2.xml")) == 2


def test_an_empty_shop_has_a_sitemap(client: FlaskClient, mirror: MirrorBuilder) -> None:
    assert [path(url) for url in listed(client, "/sitemap.xml")] == ["/sitemap-pages.xml"]
    assert client.get("/sitemap-listings-1.xml").status_code == 404


@pytest.mark.parametrize("address", ["/sitemap.xml", "/sitemap-pages.xml", "/sitemap-listings-1.xml", "/robots.txt"])
def test_not_modified_while_nothing_changes(client: FlaskClient, mirror: MirrorBuilder, address: str) -> None:
    mirror.listing()
    known = {"If-None-Match": client.get(address).headers["ETag"]}
    assert client.get(address, headers=known).status_code == 304
    assert client.get(address, headers=known, base_url="https://other.example").status_code == 200
    assert client.head(address).data == b""
    mirror.moved()
    assert client.get(address, headers=known).status_code == (304 if address == "/robots.txt" else 200)


def test_everything_begins_with_the_public_address(app: Flask, client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing()
    wiring = app.extensions[extensions.KEY]
    wiring.settings = wiring.settings.replace(public_url="https://records.example.com/shop")
    for address in ("/sitemap.xml", "/sitemap-pages.xml", "/sitemap-listings-1.xml"):
        assert all(url.startswith("https://records.example.com/shop/") for url in listed(client, address))
    assert f"https://records.example.com/shop/listing/{number}" in listed(client, "/sitemap-listings-1.xml")
    text = client.get("/robots.txt").get_data(as_text=True)
    assert "Sitemap: https://records.example.com/shop/sitemap.xml" in text
    assert "Disallow: /shop/api/" in text


def test_robots_may_read_pages_and_nothing_else(client: FlaskClient) -> None:
    answer = client.get("/robots.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    rules = answer.get_data(as_text=True).splitlines()
    assert rules[0] == "User-agent: *"
    robots = RobotFileParser()
    robots.parse([rule for rule in rules if "?" not in rule and not rule.endswith(": /")])
    allowed = ["/", "/stats", "/listing/1", "/docs"]
    closed = ["/api/data", "/api/sync/runs", "/admin", "/admin/runs", "/login", "/export/listings.csv"]
    assert [each for each in [*allowed, *closed] if robots.can_fetch("*", each)] == allowed
    assert robots.site_maps() == ["http://localhost/sitemap.xml"]
    # The standard's wildcards and longest match, which the parser above does not know: paging yes, filters no.
    assert {"Disallow: /?", "Allow: /?page=", "Disallow: /?page=*&"} <= set(rules)


def test_statements_do_not_grow_with_the_shop(
    client: FlaskClient, mirror: MirrorBuilder, counted: Callable[[], Any]
) -> None:
    """The state, for the validator and in each reading, and one reading; a part also finds where it begins."""
    mirror.listings(30)
    for address, expected in (("/sitemap.xml", 3), ("/sitemap-pages.xml", 1), ("/sitemap-listings-1.xml", 5)):
        with counted() as statements:
            answer = client.get(address)
            assert answer.data
        assert len(statements) == expected, statements
        with counted() as statements:
            client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert len(statements) == 1, statements
