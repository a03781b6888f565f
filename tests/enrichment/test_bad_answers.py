"""Whatever a provider answers, it costs the item that was asked for and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.enrichment import Field, State
from app.extensions import db
from app.models import CopyRow
from scripts.fake_discogs import Fault
from tests.enrichment.conftest import EnrichedMirror, balances

SPOTIFY, CHAT = "/spotify/v1/search", "/ai/v1/chat/completions"
FIVE_MEGABYTES = b'{"choices": [{"message": {"content": "' + b"x" * 5_000_000 + b'"}}]}'
BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "5 MB": ({"kind": "raw", "body": FIVE_MEGABYTES}, "body.too_large"),
    "a web page": ({"kind": "html200"}, "body.html"),
    "half of it": ({"kind": "truncated_json"}, "body.truncated"),
    "nothing": ({"kind": "empty200"}, "body.not_json"),
    "another type": ({"kind": "wrong_ct"}, "body.html"),
    "not UTF-8": ({"kind": "raw", "body": b'{"a": "\xff"}'}, "body.bad_encoding"),
    "a bomb": ({"kind": "gzip_bomb", "size": 20 * 2**20}, "body.too_large"),
    "a deep nest": ({"kind": "json_deep"}, "body.not_json"),
    "null": ({"kind": "null"}, "schema.envelope"),
    "a list": ({"kind": "not_object"}, "schema.envelope"),
    "a redirect": ({"kind": "redirect", "to": "metadata"}, "http.redirect"),
    "a reset": ({"kind": "reset_before"}, "net.reset"),
    "400": ({"kind": "status", "status": 400}, "http.4xx"),
}
NO_ANSWERS = {"body.html", "http.redirect", "net.reset"}
HOSTILE = {
    "a script": "Nice. <script>alert(1)</script>",
    "an image": 'Nice <img src=x onerror="alert(1)">',
    "an escaped script": "&lt;script&gt;alert(1)",
    "an endless text": "word " * 5000,
    "no text": None,
    "blanks": " \n ",
}


@pytest.fixture
def copies() -> int:
    return 6


def mirrored_rows() -> list[tuple[Any, ...]]:
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(CopyRow.__table__))]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_fails_its_item_alone(mirrored: EnrichedMirror, name: str) -> None:
    args, reason = BROKEN[name]
    before = mirrored_rows()
    mirrored.providers.faults.add(Fault(**args, path=CHAT, hits={2}))
    told = mirrored.enrich()
    assert balances(told)
    assert (told["status"], told["errors"]) == ("completed", 1)
    failed = mirrored.row(state=State.FAILED)
    assert (failed.field, failed.value, failed.problem.split(" ")[0]) == (Field.DESCRIPTION, None, reason)
    assert failed.again_at > mirrored.clock.now
    assert told["job"]["errors"][0]["problem"].startswith(reason)
    assert mirrored_rows() == before, "the mirror is as it was"
    mirrored.clock.advance(hours=2)
    if reason not in NO_ANSWERS:
        assert mirrored.enrich()["found"] == 0, "what was paid for is not bought again"
        mirrored.clock.advance(days=31)
    assert mirrored.enrich()["by_field"]["description"]["enriched"] == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_description_is_never_kept(mirrored: EnrichedMirror, client: FlaskClient, name: str) -> None:
    write = mirrored.providers.chat.text
    mirrored.providers.chat.text = lambda facts: (
        HOSTILE[name] if len(mirrored.providers.chat.heard) == 2 else write(facts)
    )
    told = mirrored.enrich()
    assert balances(told)
    assert told["errors"] == 1
    assert "alert(1)" not in client.get("/api/v1/collection/albums?page_size=100").get_data(as_text=True)


def test_answers_that_do_not_fit_cost_no_other_item_and_are_bought_once(mirrored: EnrichedMirror) -> None:
    write = mirrored.providers.chat.text
    mirrored.providers.chat.text = lambda facts: (
        HOSTILE["a script"] if len(mirrored.providers.chat.heard) <= 4 else write(facts)
    )
    told = mirrored.enrich()
    assert (told["errors"], told["standstills"], mirrored.provider("ai").failures) == (4, {}, 0)
    assert {row.state for row in mirrored.rows(field=Field.DESCRIPTION)} == {State.DONE, State.FAILED}
    heard = len(mirrored.providers.chat.heard)
    mirrored.clock.advance(days=7)
    assert mirrored.enrich()["found"] == 0
    assert len(mirrored.providers.chat.heard) == heard
    mirrored.clock.advance(days=31)
    assert mirrored.enrich()["by_field"]["description"]["enriched"] == 4


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:image/svg+xml,<svg onload=alert(1)>",
        "http://images.example.org/a.jpg",
        "https://user@images.example.org/a.jpg",
        "//images.example.org/a.jpg",
        'https://images.example.org/"onerror=alert(1)',
        "https:///a.jpg",
        "https://images.example.org/a.jpg",
        "https://images.example.org/" + "a" * 3000,
    ],
)
def test_an_address_that_is_not_safe_is_never_kept(mirrored: EnrichedMirror, client: FlaskClient, address: str) -> None:
    mirrored.providers.spotify.picture = lambda _number, _size: address
    told = mirrored.enrich()
    assert balances(told)
    assert told["by_field"]["artist_image"]["enriched"] == 0
    assert all(row.value is None for row in mirrored.rows(field=Field.ARTIST_IMAGE))
    assert all(artist["images"] == [] for artist in client.get("/api/v1/collection/artists").get_json())


@pytest.mark.parametrize(
    ("field", "revoke"),
    [
        (Field.DESCRIPTION, lambda providers: setattr(providers.chat, "is_revoked", True)),
        (Field.SPOTIFY_URL, lambda providers: setattr(providers.spotify, "is_revoked", True)),
    ],
)
def test_a_key_that_is_revoked_in_mid_run_fails_one_item(
    mirrored: EnrichedMirror, field: Field, revoke: Callable[[Any], None]
) -> None:
    write = mirrored.providers.chat.text

    def revokes(facts: dict[str, Any]) -> str:
        if len(mirrored.providers.chat.heard) == 2:
            revoke(mirrored.providers)
        return write(facts)

    mirrored.providers.chat.text = revokes
    told = mirrored.enrich()
    assert balances(told)
    assert (told["status"], told["errors"]) == ("completed", 1)
    failed = mirrored.row(state=State.FAILED)
    assert failed.problem.startswith("auth.revoked")
    provider = {Field.DESCRIPTION: "ai", Field.SPOTIFY_URL: "spotify"}[field]
    assert failed.provider == provider
    assert list(told["standstills"]) == [provider]
    assert {row.state for row in mirrored.rows(field=field)} == {State.DONE, State.FAILED, State.WANTED}
    everything = " ".join([str(told), *(str(tuple(row)) for row in mirrored.rows())])
    assert mirrored.providers.chat.key not in everything
    assert mirrored.providers.spotify.client_secret not in everything


def test_a_token_that_ends_early_is_renewed_once(mirrored: EnrichedMirror) -> None:
    mirrored.providers.faults.add(Fault("status", SPOTIFY, hits={3}, status=401))
    told = mirrored.enrich()
    assert told["errors"] == 0
    assert len(mirrored.providers.asked("/accounts")) == 2


def test_a_pause_that_was_asked_for_is_kept(mirrored: EnrichedMirror) -> None:
    mirrored.providers.faults.add(Fault("status", CHAT, hits={2}, status=429, retry_after=7))
    assert mirrored.enrich()["errors"] == 0
    assert 7 in mirrored.time.slept


def test_a_long_pause_ends_what_the_provider_is_asked_in_this_batch(mirrored: EnrichedMirror) -> None:
    mirrored.providers.faults.add(Fault("status", CHAT, hits={2}, status=429, retry_after=3000))
    told = mirrored.enrich()
    assert (told["errors"], list(told["standstills"])) == (1, ["ai"])
    assert mirrored.provider("ai").open_until is not None
    assert told["by_field"]["description"]["enriched"] == 1
    mirrored.clock.advance(seconds=4000)
    assert mirrored.enrich()["errors"] == 0
    assert {row.state for row in mirrored.rows(field=Field.DESCRIPTION)} == {State.DONE}


def test_a_server_that_stumbles_is_asked_again(mirrored: EnrichedMirror) -> None:
    mirrored.providers.faults.add(Fault("status", CHAT, hits={2, 3}, status=503))
    assert mirrored.enrich()["errors"] == 0


def test_wrong_matches_are_none(mirrored: EnrichedMirror, client: FlaskClient) -> None:
    mirrored.providers.spotify.only_wrong = True
    mirrored.enrich()
    albums = client.get("/api/v1/collection/albums?page_size=100").get_json()["items"]
    assert {album["spotify_url"] for album in albums} == {None}
