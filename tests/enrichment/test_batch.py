"""Batches of enrichment, from the sync that fills the queue to what is shown."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.enrichment import Field, State
from app.errors import EnrichmentBusy, NothingEnriches
from app.extensions import wiring
from app.services.enrichment_service import EnrichmentService
from app.services.jobs_service import JobsService
from scripts.fake_discogs import Fault
from tests.enrichment.conftest import EnrichedMirror, balances, change_settings

ALBUMS = "/api/v1/collection/albums?page_size=100"


def test_a_sync_fills_the_queue_and_asks_nobody(mirrored: EnrichedMirror) -> None:
    rows = mirrored.rows()
    assert {(row.state, row.is_new) for row in rows} == {(State.WANTED, True)}
    releases = {copy.release.id for copy in mirrored.fake.world.copies.values()}
    for field in (Field.COVER, Field.SPOTIFY_URL, Field.DESCRIPTION):
        assert {int(row.subject_key) for row in rows if row.field == field} == releases
    assert all(row.name for row in rows if row.field == Field.ARTIST_IMAGE)
    assert mirrored.asked() == []


def test_everything_is_enriched_and_asked_for_once(mirrored: EnrichedMirror, client: FlaskClient) -> None:
    told = mirrored.enrich()
    assert (told["status"], told["errors"], told["progress_percent"]) == ("completed", 0, 100.0)
    assert told["current"] == told["total"] > 0
    assert balances(told)
    assert max(Counter(mirrored.asked("/spotify")).values()) == 1
    assert len(mirrored.providers.chat.heard) == told["by_field"]["description"]["found"]
    albums = client.get(ALBUMS).get_json()["items"]
    for album in albums:
        assert album["spotify_url"].startswith("https://open.spotify.com/album/")
        assert album["title"] in album["ai_description"]
        assert album["cover"]["source"] == "discogs"
        origin = album["enrichments"]["description"]
        assert (origin["provider"], origin["model"], origin["is_machine_written"]) == ("ai", "fake-writer-1", True)
    artists = client.get("/api/v1/collection/artists").get_json()
    assert artists
    for artist in artists:
        assert [image["source"] for image in artist["images"]] == ["spotify"]
    assert mirrored.enrich()["found"] == 0, "nothing is due again"
    assert mirrored.asked() == []


def test_a_limit_counts_albums(mirrored: EnrichedMirror, client: FlaskClient) -> None:
    told = mirrored.enrich(limit=5)
    assert (told["current"], told["total"]) == (5, 5)
    assert sum(album["ai_description"] is not None for album in client.get(ALBUMS).get_json()["items"]) >= 5
    assert told["by_field"]["description"]["enriched"] == 5
    assert told["by_field"]["artist_image"]["enriched"] > 0


def test_only_new_leaves_what_was_there_before_its_provider(mirror: EnrichedMirror) -> None:
    kept = wiring().settings.ai_api_key
    change_settings(ai_api_key=None)
    mirror.sync()
    change_settings(ai_api_key=kept)
    assert "description" not in mirror.enrich(only="new")["by_field"]
    assert mirror.enrich()["by_field"]["description"]["enriched"] > 0


def test_new_ones_come_first(mirrored: EnrichedMirror) -> None:
    mirrored.enrich(limit=3)
    mirrored.asked()
    mirrored.clock.advance(hours=1)
    copy = mirrored.fake.world.add_copy()
    release = mirrored.fake.world.copies[copy].release
    mirrored.sync()
    mirrored.enrich(limit=1)
    assert any(release.title in asked for asked in mirrored.asked("/spotify"))


def test_nothing_found_is_asked_again_after_days(mirrored: EnrichedMirror) -> None:
    mirrored.providers.spotify.only_wrong = True
    told = mirrored.enrich()
    assert told["by_field"]["spotify_url"]["enriched"] == 0 == told["by_field"]["artist_image"]["enriched"]
    assert told["by_field"]["spotify_url"]["nothing_found"] > 0
    mirrored.asked()
    mirrored.providers.spotify.only_wrong = False
    mirrored.clock.advance(days=29)
    assert mirrored.enrich()["found"] == 0
    mirrored.clock.advance(days=2)
    assert mirrored.enrich()["by_field"]["spotify_url"]["enriched"] > 0


def test_what_discogs_has_no_cover_of_is_asked_of_the_archive(mirror: EnrichedMirror, client: FlaskClient) -> None:
    mirror.fake.faults.add(Fault("item", "/users/*/collection/*", name="basic_no_pictures", row="all"))
    mirror.providers.covers.has_art = lambda _found: True
    mirror.sync()
    told = mirror.enrich()
    assert balances(told)
    covers = told["by_field"]["cover"]
    assert (covers["nothing_found"], covers["enriched"]) == (covers["found"] // 2, covers["found"] // 2)
    assert {album["cover"]["source"] for album in client.get(ALBUMS).get_json()["items"]} == {"musicbrainz"}
    assert len(mirror.providers.asked("/musicbrainz")) == len(mirror.providers.asked("/coverart/release"))


def test_a_provider_that_is_switched_on_later_is_asked_at_once(mirror: EnrichedMirror) -> None:
    mirror.fake.faults.add(Fault("item", "/users/*/collection/*", name="basic_no_pictures", row="all"))
    mirror.providers.covers.has_art = lambda _found: True
    change_settings(musicbrainz_enabled=False)
    mirror.sync()
    assert mirror.enrich()["by_field"]["cover"]["enriched"] == 0
    assert EnrichmentService().start_if_due() is False
    change_settings(musicbrainz_enabled=True)
    assert EnrichmentService().start_if_due() is True
    mirror.work()
    assert {row.state for row in mirror.rows(provider="musicbrainz")} == {State.DONE}
    assert EnrichmentService().start_if_due() is False


def test_a_second_batch_is_told_of_the_first(mirrored: EnrichedMirror) -> None:
    first = EnrichmentService().start()
    with pytest.raises(EnrichmentBusy) as busy:
        EnrichmentService().start()
    assert busy.value.job_id == first["id"]
    assert EnrichmentService().start_if_due() is False


def test_without_providers_nothing_is_queued_and_a_start_says_why(mirror: EnrichedMirror) -> None:
    change_settings(spotify_client_id=None, ai_api_key=None, musicbrainz_enabled=False)
    mirror.sync()
    assert mirror.rows() == []
    with pytest.raises(NothingEnriches) as refusal:
        EnrichmentService().start()
    assert any("SPOTIFY_CLIENT_ID" in why for why in refusal.value.why)
    assert EnrichmentService().start_if_due() is False


def test_a_batch_begins_by_itself_when_something_is_due(mirrored: EnrichedMirror) -> None:
    assert EnrichmentService().start_if_due() is True
    mirrored.work()
    assert EnrichmentService().progress()["status"] == "completed"
    assert EnrichmentService().start_if_due() is False


def test_a_cancelled_batch_keeps_what_came_and_the_next_one_goes_on(mirrored: EnrichedMirror, app: Flask) -> None:
    job = EnrichmentService().start()
    write = mirrored.providers.chat.text

    def cancels(facts: dict[str, Any]) -> str:
        if len(mirrored.providers.chat.heard) == 3:
            with app.app_context():
                JobsService().cancel(job["id"])
        return write(facts)

    mirrored.providers.chat.text = cancels
    mirrored.work()
    mirrored.providers.chat.text = write
    told = EnrichmentService().progress()
    assert told["status"] == "cancelled"
    assert balances(told)
    assert 0 < told["by_field"]["description"]["found"] <= 4
    assert mirrored.enrich()["status"] == "completed"
    heard = [body["messages"][-1]["content"] for body in mirrored.providers.chat.heard]
    assert len(heard) == len(set(heard)), "nothing was paid for twice"
