"""The Atom feeds: what is in them, how they are cached, and that nothing can break them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import extensions
from tests.builders import DAY, MirrorBuilder
from tests.conftest import FakeClock
from tests.hostile import HOSTILE, READABLE

A = "{http://www.w3.org/2005/Atom}"
BOTH = pytest.mark.parametrize("path", ["/feeds/new.atom", "/feeds/price-drops.atom"])


def feed_of(client: FlaskClient, address: str) -> Element:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    return fromstring(answer.data)


def titles(feed: Element) -> list[str]:
    return [entry.findtext(f"{A}title", "") for entry in feed.iter(f"{A}entry")]


def links(element: Element) -> dict[str, str]:
    return {link.attrib["rel"]: link.attrib["href"] for link in element.findall(f"{A}link")}


def dropped(mirror: MirrorBuilder, listing_id: int, old: str, new: str) -> int:
    return mirror.change(listing_id, "update", public_kind="update", fields={"price_value": [old, new]})


def test_new_arrivals_come_newest_first_with_their_last_public_change(
    client: FlaskClient, mirror: MirrorBuilder
) -> None:
    first = mirror.listing(artist="Nina Simone", title="Pastel Blues", image_uri="https://i.discogs.com/a.png?x=1")
    second = mirror.listing(artist="Miles Davis", title="Kind Of Blue", price_minor=None)
    mirror.listing(artist="Draft", status="Draft")
    mirror.listing(artist="Gone", removed="sold")
    mirror.change(first, "update", public_kind="update", fields={"comments": ["a", "b"]})
    mirror.change(second, "update", public_kind=None, fields={"location": ["a", "b"]})
    feed = feed_of(client, "/feeds/new.atom")
    assert titles(feed) == ["Miles Davis – Kind Of Blue – price unknown", "Nina Simone – Pastel Blues – 18.50 EUR"]
    newer, older = feed.findall(f"{A}entry")
    assert newer.findtext(f"{A}updated") == DAY.isoformat()
    assert older.findtext(f"{A}updated") == (DAY + timedelta(hours=2)).isoformat() == feed.findtext(f"{A}updated")
    assert links(older) == {
        "alternate": f"http://localhost/listing/{first}",
        "via": f"https://www.discogs.com/sell/item/{first}",
        "enclosure": "https://i.discogs.com/a.png?x=1",
    }


def test_price_drops_come_newest_first_and_only_while_they_last(client: FlaskClient, mirror: MirrorBuilder) -> None:
    early, late, dearer, sold, other, hidden = (mirror.listing(artist=f"No. {number}") for number in range(6))
    gone = mirror.listing(artist="Gone", removed="sold")
    dropped(mirror, early, "25.00", "18.50")
    dropped(mirror, dearer, "25.00", "10.00")
    dropped(mirror, dearer, "10.00", "18.50")
    dropped(mirror, gone, "25.00", "18.50")
    dropped(mirror, sold, "25.00", "12.00")  # sold, and back since with another price
    mirror.change(
        other,
        "update",
        public_kind="update",
        fields={"price_value": ["25.00", "18.50"], "price_currency": ["USD", "EUR"]},
    )
    mirror.change(hidden, "update", public_kind=None, fields={"price_value": ["25.00", "18.50"]})
    dropped(mirror, late, "20.00", "19.00")
    dropped(mirror, late, "19.00", "18.50")
    feed = feed_of(client, "/feeds/price-drops.atom")
    assert titles(feed) == [
        "No. 1 – now 18.50 EUR, before 19.00 EUR",
        "No. 0 – now 18.50 EUR, before 25.00 EUR",
    ]


@BOTH
def test_a_feed_follows_a_search(client: FlaskClient, mirror: MirrorBuilder, path: str) -> None:
    for artist in ("Nina Simone", "Miles Davis"):
        dropped(mirror, mirror.listing(artist=artist, format="LP"), "20.00", "18.50")
    feed = feed_of(client, f"{path}?limit=7&q=nina&format=vinyl&sort=price&page=9")
    assert [title.partition(" –")[0] for title in titles(feed)] == ["Nina Simone"]
    assert feed.findtext(f"{A}title", "").endswith("(q: nina, format: vinyl)")
    assert links(feed) == {
        "self": f"http://localhost{path}?q=nina&format=vinyl",
        "alternate": "http://localhost/?q=nina&format=vinyl",
    }
    assert not titles(feed_of(client, f"{path}?q=nobody"))


@BOTH
def test_at_most_fifty_entries(client: FlaskClient, mirror: MirrorBuilder, path: str) -> None:
    for number in mirror.listings(60):
        dropped(mirror, number, "20.00", "18.50")
    assert len(titles(feed_of(client, path))) == 50
    assert len(titles(feed_of(client, f"{path}?limit=1000"))) == 50
    assert len(titles(feed_of(client, f"{path}?limit=3"))) == 3


@BOTH
def test_ids_are_stable_and_each_drop_has_its_own(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, path: str
) -> None:
    numbers = mirror.listings(2)
    for number in numbers:
        dropped(mirror, number, "20.00", "18.50")

    def ids() -> list[str]:
        return [element.text or "" for element in feed_of(client, path).iter(f"{A}id")]

    before = ids()
    assert len({*before}) == 3
    wiring = app.extensions[extensions.KEY]
    wiring.settings = wiring.settings.replace(public_url="https://records.example.com/shop")
    assert ids() == before
    dropped(mirror, numbers[0], "19.00", "18.50")
    mirror.moved()
    assert len({*before} & {*ids()}) == (3 if path == "/feeds/new.atom" else 2)


@BOTH
def test_text_of_strangers_breaks_nothing(client: FlaskClient, mirror: MirrorBuilder, path: str) -> None:
    fields = dict.fromkeys(("artist", "title", "label", "catalog_number", "format", "condition"), HOSTILE)
    number = mirror.listing(**fields, image_uri=f"https://[{HOSTILE}", comments=HOSTILE)
    dropped(mirror, number, "20.00", "18.50")
    feed = feed_of(client, path)
    assert titles(feed)[0].startswith(f"{READABLE} – {READABLE} – ")
    assert READABLE in feed.findtext(f"{A}entry/{A}summary", "")
    mirror.listing(image_uri="javascript:alert(1)")
    assert "javascript" not in client.get(path).get_data(as_text=True)
    asked = feed_of(client, f"{path}?" + "artist=%3C%2Ftitle%3E%00%0b%22%27&q=%ff%fe")
    assert "</title>" in asked.findtext(f"{A}title", "")


@BOTH
def test_private_fields_stay_private(client: FlaskClient, mirror: MirrorBuilder, path: str) -> None:
    number = mirror.listing(location="canary-1", external_id="canary-2", comments="seen")
    mirror.change(
        number,
        "update",
        public_kind="update",
        fields={"price_value": ["20.00", "18.50"], "location": ["canary-3", "canary-1"]},
    )
    assert "canary" not in client.get(path).get_data(as_text=True)


@BOTH
def test_not_modified_until_the_shop_changes_or_grows_old(
    client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock, path: str
) -> None:
    clock.now = DAY + timedelta(minutes=5)
    dropped(mirror, mirror.listing(), "20.00", "18.50")
    tag = client.get(path).headers["ETag"]
    known = {"If-None-Match": tag}
    clock.advance(minutes=30)
    assert client.get(path, headers=known).status_code == 304
    assert client.get(f"{path}?q=x", headers=known).status_code == 200
    assert client.get(path, headers=known, base_url="https://other.example").status_code == 200
    clock.advance(hours=7)
    old = client.get(path, headers=known)
    assert old.status_code == 200
    assert old.headers["Cache-Control"] == "no-cache"
    mirror.moved()
    assert client.get(path, headers={"If-None-Match": old.headers["ETag"]}).status_code == 200


@BOTH
def test_old_data_is_not_shown_as_current(
    client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock, path: str
) -> None:
    dropped(mirror, mirror.listing(), "20.00", "18.50")
    clock.now = DAY + timedelta(minutes=5)
    assert "Not current" not in client.get(path).get_data(as_text=True)
    clock.now = DAY + timedelta(hours=7)
    feed = feed_of(client, path)
    for text in (feed.findtext(f"{A}subtitle", ""), feed.findtext(f"{A}entry/{A}summary", "")):
        assert text.startswith("Not current: as of 2026-03-01 08:00 UTC;")


@BOTH
def test_both_notices_go_along(client: FlaskClient, mirror: MirrorBuilder, path: str) -> None:
    feed = feed_of(client, path)
    assert "Data provided by Discogs." in feed.findtext(f"{A}subtitle", "")
    assert "is not affiliated with, sponsored or endorsed by Discogs" in feed.findtext(f"{A}rights", "")


@BOTH
def test_an_empty_shop_has_a_well_formed_feed(client: FlaskClient, path: str) -> None:
    feed = feed_of(client, path)
    assert not titles(feed)
    assert datetime.fromisoformat(feed.findtext(f"{A}updated", "")).tzinfo is not None


@BOTH
def test_a_question_nobody_can_answer_is_refused_by_name(client: FlaskClient, path: str) -> None:
    answer = client.get(f"{path}?price_max=cheap")
    assert answer.status_code == 400
    assert "price_max" in answer.get_json()["errors"]


@pytest.mark.parametrize(("path", "most"), [("/feeds/new.atom", 7), ("/feeds/price-drops.atom", 5)])
def test_few_statements_and_three_for_not_modified(
    client: FlaskClient, mirror: MirrorBuilder, counted: Callable[[], Any], path: str, most: int
) -> None:
    """State, two for its age, the log, the listings; and for what is new, which answer and where they stand.

    Whatever is in the shop and however many entries there are.
    """
    for number in mirror.listings(30, artist="Nina Simone"):
        dropped(mirror, number, "20.00", "18.50")
    with counted() as statements:
        tag = client.get(f"{path}?artist=nina").headers["ETag"]
    assert len(statements) == most, statements
    with counted() as statements:
        assert client.get(f"{path}?artist=nina", headers={"If-None-Match": tag}).status_code == 304
    assert len(statements) == 3, statements


@pytest.mark.parametrize("path", ["/feeds/new.atom", "/sitemap.xml", "/robots.txt", "/"])
@pytest.mark.parametrize("host", ['a"><script>', "evil.example/path", "a b", "[::1", "x" * 300, "127.0.0.1:99999"])
def test_no_host_name_breaks_an_answer(client: FlaskClient, mirror: MirrorBuilder, path: str, host: str) -> None:
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code in {200, 400}
    assert "<script>" not in answer.get_data(as_text=True)
