"""What the catalogue says of a listing's release, as visitors may read it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders import DAY, MirrorBuilder
from tests.conftest import FakeClock
from tests.core.test_releases import COVER, body

FRESH = DAY + timedelta(hours=1)


@pytest.fixture(autouse=True)
def noon(clock: FakeClock) -> None:
    """An hour after the body was told."""
    clock.now = FRESH


@pytest.fixture
def number(mirror: MirrorBuilder) -> int:
    """A listing whose release was read."""
    mirror.body(9, body())
    return mirror.listing(release_id=9)


def told(client: FlaskClient, number: int) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/data/{number}/release").get_json()
    return found


def test_everything_worth_knowing_is_told(client: FlaskClient, number: int) -> None:
    answer = told(client, number)
    assert (answer["release_id"], answer["title"], answer["artist"]) == (
        "9",
        "Example Days",
        "Nova & Examples, Trio",
    )
    assert answer["tracklist"][2]["sub_tracks"][0]["title"] == "Noon"
    assert [video["uri"] for video in answer["videos"]] == ["https://www.youtube.com/watch?v=1"]
    assert answer["images"] == [{"uri": COVER, "thumbnail": COVER, "width": 600, "height": 598}]
    assert answer["credits"] == [{"name": "Jo Mix", "role": "Producer", "tracks": "A1 to A3"}]
    assert answer["labels"] == [{"name": "Svek", "catalog_number": "SK032"}]
    assert answer["identifiers"][1] == {"type": "Barcode", "value": "4 006408 126034", "description": "printed"}
    assert answer["uri"] == "https://www.discogs.com/release/9"
    assert answer["fetched_at"] == DAY.isoformat()
    assert answer["is_gone"] is False


def test_prices_are_told_for_six_hours_with_their_age(client: FlaskClient, number: int, clock: FakeClock) -> None:
    assert told(client, number)["market"] == {"lowest_price": 7.5, "num_for_sale": 3, "age_seconds": 3600}
    clock.advance(hours=4, minutes=59)
    assert told(client, number)["market"]["age_seconds"] == 6 * 3600 - 60
    clock.advance(minutes=1)
    assert told(client, number)["market"] is None


def test_a_known_answer_is_not_sent_again(client: FlaskClient, number: int, clock: FakeClock) -> None:
    address = f"/api/data/{number}/release"
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    clock.advance(hours=6)
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 200  # the prices went


def test_what_nobody_read_is_not_there(client: FlaskClient, mirror: MirrorBuilder) -> None:
    answer = client.get(f"/api/data/{mirror.listing()}/release")
    assert (answer.status_code, answer.get_json()["detail"]) == (404, "This release was not read yet.")


def test_a_listing_that_went_or_never_was(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.body(9, body())
    gone = mirror.listing(release_id=9, removed="sold")
    draft = mirror.listing(release_id=9, status="Draft")
    statuses = [client.get(f"/api/data/{asked}/release").status_code for asked in (gone, draft, 5, "x")]
    assert statuses == [410, 404, 404, 404]


def test_other_shops_may_read_it_too(client: FlaskClient, number: int) -> None:
    assert client.get(f"/api/data/{number}/release").headers["Access-Control-Allow-Origin"] == "*"
