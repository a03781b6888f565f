"""Hostile text comes back as it went in, is found, and breaks nothing. On SQLite and on PostgreSQL."""

from __future__ import annotations

import csv
import io
import itertools
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from app.core.csv_cells import TRIGGERS, unguard
from app.core.query import LONGEST_TEXT, PARAMETERS
from tests.api.hostile_mirror import IDS, LISTING_FIELDS, RELEASE_FIELDS, fill
from tests.builders import MirrorBuilder
from tests.hostile import TEXTS, stored

OTHERS = ("/api/data", "/api/facets", "/export/listings.csv", "/api/changes")


@pytest.fixture
def hostile(mirror: MirrorBuilder) -> MirrorBuilder:
    """The mirror with all hostile texts."""
    fill(mirror)
    return mirror


@pytest.mark.parametrize("address", ["/api/data", "/api/search", "/api/data?limit=100", "/api/search?artist=x&limit=9"])
def test_every_text_comes_back_as_it_went_in(client: FlaskClient, hostile: MirrorBuilder, address: str) -> None:
    answered = {listing["listing_id"]: listing for listing in client.get(address).get_json()}
    wanted = {str(IDS[name]): stored(text) for name, text in TEXTS.items()}
    if "artist=" not in address:
        assert set(answered) == set(wanted)
    for listing_id, listing in answered.items():
        for field in (*LISTING_FIELDS, *RELEASE_FIELDS):
            assert listing[field] == wanted[listing_id], field


def test_no_address_of_a_picture_is_taken_from_elsewhere(client: FlaskClient, hostile: MirrorBuilder) -> None:
    assert {listing["image_uri"] for listing in client.get("/api/data").get_json()} == {None}


@pytest.mark.parametrize("parameter", ["q", "artist", "label", "format", "genre", "style", "country"])
def test_every_text_is_found_by_itself(client: FlaskClient, hostile: MirrorBuilder, parameter: str) -> None:
    texts = {name: stored(text) for name, text in TEXTS.items() if len(text) <= LONGEST_TEXT}
    lost = [name for name, text in texts.items() if str(IDS[name]) not in found(client, parameter, text)]
    assert lost == []


def test_a_text_too_long_to_ask_for_is_found_by_its_beginning(client: FlaskClient, hostile: MirrorBuilder) -> None:
    assert found(client, "q", TEXTS["long"][:LONGEST_TEXT]) == [str(IDS["long"])]


def found(client: FlaskClient, parameter: str, text: str) -> list[str]:
    answer = client.get(f"/api/search?{parameter}={quote(text)}")
    assert answer.status_code == 200, answer.text
    return [listing["listing_id"] for listing in answer.get_json()]


def test_a_table_keeps_every_text_and_calculates_nothing(client: FlaskClient, hostile: MirrorBuilder) -> None:
    text = client.get("/export/listings.csv").get_data().decode()
    for row in csv.DictReader(io.StringIO(text, newline="")):
        wanted = stored(TEXTS[next(name for name, number in IDS.items() if str(number) == row["listing_id"])])
        for field in (*LISTING_FIELDS, *RELEASE_FIELDS):
            if field in row:
                assert unguard(row[field]) == wanted
                assert not row[field].startswith(tuple(sign for sign in TRIGGERS if sign != "'"))


def test_no_parameter_fails_on_any(client: FlaskClient, hostile: MirrorBuilder) -> None:
    asked = {"/api/search": (*PARAMETERS, "utm_source")} | dict.fromkeys(
        OTHERS, ("q", "format", "limit", "since", "bom")
    )
    for address, parameters in asked.items():
        for parameter, (name, text) in itertools.product(parameters, TEXTS.items()):
            answer = client.get(f"{address}?{parameter}={quote(text, errors='surrogatepass')}")
            assert answer.status_code in {200, 400}, f"{address} {parameter} {name}"
            if answer.status_code == 400:
                assert list(answer.get_json()["errors"]) == [parameter]


def test_no_path_fails_on_any(client: FlaskClient, hostile: MirrorBuilder) -> None:
    for text in TEXTS.values():
        asked = quote(text, safe="", errors="surrogatepass")
        for address in (f"/api/data/{asked}", f"/api/data/{asked}/history", f"/{asked}", f"/static/{asked}"):
            assert client.get(address).status_code in {404, 308}, address
