"""The badge, on both databases."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

from flask.testing import FlaskClient

from tests.builders import DAY, MirrorBuilder
from tests.conftest import FakeClock


def told(client: FlaskClient) -> str:
    answer = client.get("/badge.svg")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    svg = ElementTree.fromstring(answer.data)
    assert next(one.text for one in svg.iter("{http://www.w3.org/2000/svg}text")) == "records"
    return svg.attrib["aria-label"]


def test_it_says_how_much_there_is_and_how_old_that_is(
    client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock
) -> None:
    clock.now = DAY + timedelta(minutes=5)
    mirror.listings(3)
    assert told(client) == "records: 3, up to date"
    tag = client.get("/badge.svg").headers["ETag"]
    assert client.get("/badge.svg", headers={"If-None-Match": tag}).status_code == 304
    clock.now = DAY + timedelta(hours=7)
    assert told(client) == "records: 3, out of date"
    assert client.get("/badge.svg", headers={"If-None-Match": tag}).status_code == 200


def test_a_shop_that_was_never_read_has_no_number(client: FlaskClient) -> None:
    assert told(client) == "records: not read yet"


def test_other_pages_may_show_it(client: FlaskClient) -> None:
    headers = client.get("/badge.svg").headers
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Cache-Control"] == "no-cache"
