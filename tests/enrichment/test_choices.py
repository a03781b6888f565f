"""What a person decides stands in front of what providers told, and nothing overwrites it."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.artist_keys import artist_key
from tests.enrichment.conftest import EnrichedMirror

Headers = dict[str, str]
ALBUMS = "/api/v1/collection/albums?page_size=100"


def release_of(mirror: EnrichedMirror) -> str:
    return str(min(copy.release.id for copy in mirror.fake.world.copies.values()))


def album_of(client: FlaskClient, release: str) -> dict[str, Any]:
    albums = client.get(ALBUMS).get_json()["items"]
    return next(album for album in albums if album["release_id"] == release)


def test_a_description_is_edited_and_stays(mirrored: EnrichedMirror, client: FlaskClient, admin: Headers) -> None:
    mirrored.enrich()
    release = release_of(mirrored)
    address = f"/api/v1/enrichments/release/{release}/description"
    told = client.put(address, json={"value": "Our own words."}, headers=admin).get_json()
    by_field = {each["field"]: each for each in told["fields"]}
    assert by_field["description"]["shown"]["provider"] == "person"
    assert by_field["description"]["answers"][0]["state"] == "done", "what the machine wrote is kept apart"
    album = album_of(client, release)
    assert (album["ai_description"], album["enrichments"]["description"]["is_machine_written"]) == (
        "Our own words.",
        False,
    )
    assert client.post(f"{address}/again", headers=admin).status_code == 200
    mirrored.enrich()
    mirrored.clock.advance(hours=1)
    mirrored.sync()
    assert album_of(client, release)["ai_description"] == "Our own words."
    assert client.delete(address, headers=admin).status_code == 200
    assert album_of(client, release)["enrichments"]["description"]["is_machine_written"] is True


def test_what_is_hidden_is_not_shown(mirrored: EnrichedMirror, client: FlaskClient, admin: Headers) -> None:
    mirrored.enrich()
    release = release_of(mirrored)
    address = f"/api/v1/enrichments/release/{release}/description"
    assert album_of(client, release)["ai_description"] is not None
    client.put(address, json={"is_hidden": True}, headers=admin)
    assert album_of(client, release)["ai_description"] is None
    client.put(address, json={"is_hidden": False}, headers=admin)
    assert album_of(client, release)["ai_description"] is not None


def test_a_hidden_cover_hides_discogs_own(mirrored: EnrichedMirror, client: FlaskClient, admin: Headers) -> None:
    mirrored.enrich()
    release = release_of(mirrored)
    assert album_of(client, release)["cover"]["source"] == "discogs"
    address = f"/api/v1/enrichments/release/{release}/cover"
    told = client.put(address, json={"is_hidden": True}, headers=admin).get_json()
    assert [each["shown"] for each in told["fields"] if each["field"] == "cover"] == [None]
    album = album_of(client, release)
    assert (album["cover"], album["images"], "cover" in album["enrichments"]) == (None, [], False)
    client.put(address, json={"is_hidden": False, "is_pinned": True}, headers=admin)
    assert album_of(client, release)["cover"]["source"] == "discogs"


def test_what_is_pinned_is_not_asked_for_again(mirrored: EnrichedMirror, client: FlaskClient, admin: Headers) -> None:
    mirrored.enrich()
    address = f"/api/v1/enrichments/release/{release_of(mirrored)}/description"
    heard = len(mirrored.providers.chat.heard)
    client.put(address, json={"is_pinned": True}, headers=admin)
    client.post(f"{address}/again", headers=admin)
    mirrored.enrich()
    assert len(mirrored.providers.chat.heard) == heard
    client.put(address, json={"is_pinned": False}, headers=admin)
    mirrored.enrich()
    assert len(mirrored.providers.chat.heard) == heard + 1


def test_a_picture_of_an_artist_is_chosen(mirrored: EnrichedMirror, client: FlaskClient, admin: Headers) -> None:
    name = client.get("/api/v1/collection/artists").get_json()[0]["name"]
    picture = "https://i.scdn.co/them.jpg"
    address = f"/api/v1/enrichments/artist/{name}/artist_image"
    told = client.put(address, json={"value": picture}, headers=admin).get_json()
    assert told["key"] == artist_key(name)
    artist = client.get("/api/v1/collection/artists").get_json()[0]
    assert artist["images"] == [{"type": "artist", "uri": picture, "uri150": picture, "source": "person"}]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("release/1/description", ("text", 404)),
        ("release/nothing/description", ("text", 404)),
        ("release/99999999999999999999999/description", ("text", 404)),
        ("artist/Nobody At All/artist_image", ("https://i.scdn.co/a.jpg", 404)),
        ("label/1/description", ("text", 404)),
        ("release/{release}/price", ("1", 404)),
        ("release/{release}/cover", ("javascript:alert(1)", 400)),
        ("release/{release}/cover", ("https://images.example.org/a.jpg", 400)),
        ("release/{release}/spotify_url", ("http://example.org/", 400)),
        ("release/{release}/spotify_url", ("https://example.org/album/1", 400)),
        ("release/{release}/description", ("<b>bold</b>", 400)),
        ("release/{release}/description", ("", 400)),
    ],
)
def test_what_cannot_be_is_refused(
    mirrored: EnrichedMirror, client: FlaskClient, admin: Headers, path: str, told: tuple[str, int]
) -> None:
    value, status = told
    address = f"/api/v1/enrichments/{path.format(release=release_of(mirrored))}"
    assert client.put(address, json={"value": value}, headers=admin).status_code == status


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_strangers_decide_nothing(mirrored: EnrichedMirror, client: FlaskClient, method: str) -> None:
    address = f"/api/v1/enrichments/release/{release_of(mirrored)}"
    path = address if method == "get" else f"{address}/description"
    assert getattr(client, method)(path).status_code == 401
