"""What others than Discogs know of a record, as its pages show it: named, escaped, hidden where somebody hid it."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.enrichment import Field
from config import Secret, Settings
from tests.builders import SELLER, MirrorBuilder
from tests.enrichment_builder import EnrichmentBuilder
from tests.shelf_builder import ShelfBuilder
from tests.web.pages import get, outline

SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
COVER = "https://coverartarchive.org/release/0-1/front-500"
FACE = "https://i.scdn.co/image/face"
SPOTIFY = "https://open.spotify.com/album/1"
TEXT = "Recorded in a castle.\n\nStill new."


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(
        discogs_seller_username=SELLER,
        discogs_collection_username=SELLER,
        spotify_client_id="client",
        spotify_client_secret=Secret("secret"),
        musicbrainz_enabled=True,
    )


@pytest.fixture
def known(mirror: MirrorBuilder) -> EnrichmentBuilder:
    return EnrichmentBuilder(mirror)


@pytest.fixture
def addresses(mirror: MirrorBuilder) -> list[str]:
    """The pages of a listing and of a copy of release 9, by Can, of which Discogs shows no cover."""
    number = mirror.listing(release_id=9, artist="Can", title="Tago Mago", image_uri=None)
    return [f"/listing/{number}", f"/collection/{ShelfBuilder(mirror).copy(release_id=9, artist='Can')}"]


def everything(known: EnrichmentBuilder) -> None:
    known.release(9, Field.COVER, "musicbrainz", {"uri": COVER, "uri150": COVER}, source="https://musicbrainz.org/x")
    known.release(9, Field.SPOTIFY_URL, "spotify", {"url": SPOTIFY}, source=SPOTIFY)
    known.release(9, Field.DESCRIPTION, "ai", {"text": TEXT}, model="model-7")
    known.artist(
        "can", Field.ARTIST_IMAGE, "spotify", {"uri": FACE, "uri150": FACE}, source="https://open.spotify.com/a"
    )


def main_of(client: FlaskClient, address: str) -> str:
    answer = get(client, address)
    assert answer.status_code == 200, address
    return answer.text.split("<main", 1)[1].split("</main", 1)[0]


def test_all_is_shown_with_who_told_it(client: FlaskClient, known: EnrichmentBuilder, addresses: list[str]) -> None:
    everything(known)
    for address in addresses:
        page = outline(answer := get(client, address))
        assert {one["src"] for one in page.having("img", **{"data-cover": ""})} == {COVER, FACE}, address
        assert [one["rel"] for one in page.having("a", href=SPOTIFY)] == ["noopener nofollow"], address
        assert [one["rel"] for one in page.having("a", href="https://musicbrainz.org/x")] == ["noopener nofollow"]
        for told in ("Recorded in a castle.", "Written by a machine", "model-7", "1 March 2026", "Cover Art Archive"):
            assert told in answer.text, (address, told)


def test_nothing_is_shown_where_nothing_is_known(client: FlaskClient, addresses: list[str]) -> None:
    for address in addresses:
        text = main_of(client, address)
        for absent in ("credit", "Listen on", "About this record", "artist-picture", "None"):
            assert absent not in text, (address, absent)


def test_the_grid_shows_what_was_found(client: FlaskClient, known: EnrichmentBuilder, addresses: list[str]) -> None:
    everything(known)
    assert COVER in main_of(client, "/collection")


def test_discogs_own_cover_comes_first(client: FlaskClient, known: EnrichmentBuilder, mirror: MirrorBuilder) -> None:
    everything(known)
    own = "https://i.discogs.com/a/600.jpg"
    number = mirror.listing(release_id=9, artist="Can", image_uri=own)
    album = ShelfBuilder(mirror).copy(release_id=9, artist="Can", cover_image=own)
    for address in (f"/listing/{number}", f"/collection/{album}", "/collection"):
        text = main_of(client, address)
        assert (own in text, COVER in text, "Cover: " in text) == (True, False, False), address


@pytest.mark.parametrize("field", list(Field))
def test_what_somebody_hid_is_not_shown(
    client: FlaskClient, known: EnrichmentBuilder, addresses: list[str], field: Field
) -> None:
    everything(known)
    known.decided("artist" if field is Field.ARTIST_IMAGE else "release", field, is_hidden=True)
    hidden = {Field.COVER: COVER, Field.SPOTIFY_URL: SPOTIFY, Field.DESCRIPTION: "castle", Field.ARTIST_IMAGE: FACE}
    for address in (*addresses, "/collection"):
        text = main_of(client, address)
        assert hidden[field] not in text, address
    assert sum(one in main_of(client, addresses[0]) for one in hidden.values()) == 3


def test_what_a_person_wrote_stands_in_front(
    client: FlaskClient, known: EnrichmentBuilder, addresses: list[str]
) -> None:
    everything(known)
    known.decided("release", Field.DESCRIPTION, value={"text": "I was there."})
    for address in addresses:
        text = main_of(client, address)
        assert ("I was there." in text, "Written by the owner" in text) == (True, True)
        assert ("castle" in text, "machine" in text) == (False, False)


def picture(uri: object, small: object = COVER) -> dict[str, object]:
    return {"uri": uri, "uri150": small}


HOSTILE: list[dict[Field, dict[str, Any]]] = [
    {Field.DESCRIPTION: {"text": SCRIPT}, Field.SPOTIFY_URL: {"url": f"https://open.spotify.com/{SCRIPT}"}},
    {Field.SPOTIFY_URL: {"url": "javascript:alert(1)"}, Field.COVER: picture("javascript:alert(1)")},
    {Field.SPOTIFY_URL: {"url": "http://open.spotify.com/1"}, Field.COVER: picture("https://evil.example/a.png")},
    {Field.COVER: picture("data:text/html,<script>alert(1)</script>", SCRIPT)},
    {Field.COVER: picture(None), Field.SPOTIFY_URL: {"url": 7}, Field.DESCRIPTION: {"text": None}},
    {Field.COVER: picture("https://[", 7), Field.DESCRIPTION: {"text": " "}},
]


@pytest.mark.parametrize("told", HOSTILE)
def test_nothing_that_was_told_is_obeyed(
    client: FlaskClient, known: EnrichmentBuilder, addresses: list[str], told: dict[Field, dict[str, Any]]
) -> None:
    """The batch lets nothing of this in; the pages do not rely on that."""
    for field, value in told.items():
        provider = {Field.COVER: "musicbrainz", Field.SPOTIFY_URL: "spotify", Field.DESCRIPTION: "ai"}[field]
        known.release(9, field, provider, value, source="javascript:alert(1)", model=SCRIPT)
    known.artist("can", Field.ARTIST_IMAGE, "spotify", {"uri": "javascript:alert(1)", "uri150": FACE})
    for address in (*addresses, "/collection"):
        text = main_of(client, address)
        for absent in ("<script>alert", "<img src=x", "javascript:", "evil.example", "data:text", "Listen on", ">49<"):
            assert absent not in text, (address, absent)


def test_pages_let_in_the_pictures_of_providers_that_are_on(client: FlaskClient, mirror: MirrorBuilder) -> None:
    policy = get(client, "/").headers["Content-Security-Policy"]
    pictures = next(part for part in policy.split("; ") if part.startswith("img-src")).split()
    assert {"https://i.scdn.co", "https://coverartarchive.org", "https://archive.org"} <= set(pictures)
    assert not {"*", "https:", "http:", "https://*"} & set(pictures)


def test_a_page_that_was_known_is_made_anew(
    client: FlaskClient, known: EnrichmentBuilder, addresses: list[str]
) -> None:
    for address in addresses:
        tag = get(client, address).headers["ETag"]
        known.release(9, Field.DESCRIPTION, "ai", {"text": f"For {address}"}, model="m")
        answer = client.get(address, headers={"Accept": "text/html", "If-None-Match": tag})
        assert (answer.status_code, f"For {address}" in answer.text) == (200, True)
