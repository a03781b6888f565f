"""What the heads of pages tell search engines, feed readers and those who show a link."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import extensions
from tests.builders import DAY, SELLER, MirrorBuilder
from tests.conftest import FakeClock
from tests.hostile import HOSTILE
from tests.web.pages import get, outline


@pytest.fixture(autouse=True)
def fresh(clock: FakeClock) -> None:
    """The shop was read five minutes ago."""
    clock.now = DAY + timedelta(minutes=5)


def metas(client: FlaskClient, address: str) -> dict[str, str]:
    found = outline(get(client, address)).having("meta")
    return {one.get("property") or one.get("name", ""): one["content"] for one in found if "content" in one}


def canonical(client: FlaskClient, address: str) -> list[str]:
    return [one["href"] for one in outline(get(client, address)).having("link", rel="canonical")]


def feeds(client: FlaskClient, address: str) -> list[str]:
    found = outline(get(client, address)).having("link", rel="alternate", type="application/atom+xml")
    return [one["href"] for one in found]


def json_ld(client: FlaskClient, address: str) -> dict[str, dict[str, Any]]:
    """By type, read as a browser reads a script block: up to the first end tag."""
    text = get(client, address).get_data(as_text=True)
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script', text, re.DOTALL)
    return {block["@type"]: block for block in map(json.loads, blocks)}


def test_a_listing_is_a_product_with_picture_and_price(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(artist="Can", title="Tago Mago", format="2xLP", image_uri="https://i.discogs.com/a.jpg")
    address = f"/listing/{number}"
    found = metas(client, address)
    assert found["og:title"] == "Can – Tago Mago"
    assert found["og:type"] == "product"
    assert found["og:site_name"] == SELLER
    assert found["og:url"] == f"http://localhost{address}"
    assert found["og:image"] == "https://i.discogs.com/a.jpg"
    assert (found["product:price:amount"], found["product:price:currency"]) == ("18.50", "EUR")
    assert found["og:description"].startswith("18.50 EUR; 2xLP")
    assert found["description"] == found["og:description"]
    assert found["twitter:card"] == "summary"
    assert "robots" not in found
    assert canonical(client, f"{address}?utm_source=mail") == [f"http://localhost{address}"]
    offer = json_ld(client, address)["Product"]["offers"]
    assert (offer["price"], offer["priceCurrency"], offer["seller"]["name"]) == ("18.50", "EUR", SELLER)
    assert offer["url"] == f"http://localhost{address}"
    assert len(json_ld(client, address)["BreadcrumbList"]["itemListElement"]) == 2


def test_an_old_price_is_offered_to_nobody(client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock) -> None:
    address = f"/listing/{mirror.listing(artist='Can')}"
    clock.now = DAY + timedelta(hours=7)
    found = metas(client, address)
    assert not [name for name in found if name.startswith("product:")]
    assert "18.50" not in found["og:description"]
    assert found["description"] == found["og:description"], "engines read the one, those who show links the other"
    assert found["og:type"] == "website"
    assert "offers" not in json_ld(client, address)["Product"]


def test_text_of_strangers_ends_no_block_and_no_attribute(client: FlaskClient, mirror: MirrorBuilder) -> None:
    fields = ("artist", "title", "label", "catalog_number", "format", "condition", "comments", "image_uri")
    number = mirror.listing(**dict.fromkeys(fields, HOSTILE))
    told = json_ld(client, f"/listing/{number}")
    assert told["Product"]["name"] == f"{HOSTILE} – {HOSTILE}"
    assert metas(client, f"/listing/{number}")["og:title"] == f"{HOSTILE} – {HOSTILE}"
    assert "og:image" not in metas(client, f"/listing/{number}")
    text = get(client, f"/listing/{number}").get_data(as_text=True)
    assert text.count("<script") == text.count("</script>"), "no text of a stranger ends a script"


def test_the_front_page_says_how_the_shop_is_searched(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing()
    assert canonical(client, "/") == ["http://localhost/"]
    action = json_ld(client, "/")["WebSite"]["potentialAction"]
    assert action["target"]["urlTemplate"] == "http://localhost/?q={search_term_string}"
    assert feeds(client, "/") == ["http://localhost/feeds/new.atom", "http://localhost/feeds/price-drops.atom"]


def test_a_search_has_its_own_feeds_and_is_not_remembered(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(artist="Can", format="LP")
    address = "/?format=vinyl&q=can&sort=price"
    assert feeds(client, address) == [
        "http://localhost/feeds/new.atom?q=can&format=vinyl",
        "http://localhost/feeds/price-drops.atom?q=can&format=vinyl",
    ]
    assert all(client.get(feed).status_code == 200 for feed in feeds(client, address))
    assert metas(client, address)["robots"] == "noindex, follow"
    assert "WebSite" not in json_ld(client, address)


def test_every_page_of_the_shop_is_itself(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listings(50)
    assert canonical(client, "/?page=2") == ["http://localhost/?page=2"]
    assert canonical(client, "/?page=1") == ["http://localhost/"]
    assert "robots" not in metas(client, "/?page=2")
    assert canonical(client, "/stats") == ["http://localhost/stats"]


def test_what_is_not_there_is_not_remembered(client: FlaskClient, mirror: MirrorBuilder) -> None:
    gone = mirror.listing(artist="Can", removed="sold")
    for address, status in ((f"/listing/{gone}", 410), ("/listing/1", 404), ("/nowhere", 404)):
        assert get(client, address).status_code == status
        assert metas(client, address)["robots"] == "noindex, follow"
        assert canonical(client, address) == []
        assert json_ld(client, address) == {}


def test_the_public_address_is_part_of_what_a_page_depends_on(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder
) -> None:
    address = f"/listing/{mirror.listing()}"
    known = {"If-None-Match": get(client, address).headers["ETag"]}
    assert client.get(address, headers=known).status_code == 304
    wiring = app.extensions[extensions.KEY]
    wiring.settings = wiring.settings.replace(public_url="https://records.example.com")
    assert client.get(address, headers=known).status_code == 200
    assert canonical(client, address) == [f"https://records.example.com{address}"]


def test_private_fields_are_in_no_head(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(location="canary", external_id="canary", comments="seen")
    assert "canary" not in get(client, f"/listing/{number}").get_data(as_text=True)
