"""The routes and the command of enrichment."""

from __future__ import annotations

import json

from flask import Flask
from flask.testing import FlaskClient

from app.services.enrichment_service import EnrichmentService
from scripts.fake_discogs import Fault
from tests.enrichment.conftest import EnrichedMirror, balances, change_settings

Headers = dict[str, str]
START = "/api/v1/services/ai/enrich-all"


def test_a_batch_is_begun_followed_and_told_of(mirrored: EnrichedMirror, client: FlaskClient, admin: Headers) -> None:
    assert client.get(f"{START}/progress", headers=admin).get_json()["status"] == "idle"
    answer = client.post(f"{START}?limit=2&only=new", headers=admin)
    job = answer.get_json()["job"]
    assert (answer.status_code, job["parameters"]) == (202, {"limit": 2, "only": "new"})
    again = client.post(START, headers=admin)
    assert (again.status_code, again.get_json()["job"]["id"]) == (409, job["id"])
    mirrored.work()
    told = client.get(f"{START}/progress", headers=admin).get_json()
    assert (told["status"], told["current"], told["total"]) == ("completed", 2, 2)
    assert balances(told)
    told = client.get("/api/v1/enrichments", headers=admin).get_json()
    assert {one["name"]: one["is_on"] for one in told["providers"]} == {
        "discogs": True,
        "spotify": True,
        "ai": True,
        "musicbrainz": True,
    }
    assert any(one["state"] == "done" for one in told["queue"])


def test_a_batch_is_cancelled(mirrored: EnrichedMirror, client: FlaskClient, admin: Headers) -> None:
    client.post(START, headers=admin)
    assert client.post(f"{START}/cancel", headers=admin).get_json()["status"] == "cancelled"
    assert client.post(f"{START}/cancel", headers=admin).get_json()["status"] == "cancelled"
    mirrored.work()
    assert mirrored.asked() == []


def test_there_is_one_batch_whoever_begins_it(mirrored: EnrichedMirror, client: FlaskClient, admin: Headers) -> None:
    asked = {"kind": "enrichment", "parameters": {"limit": 1}}
    first = client.post("/api/jobs", json=asked, headers=admin).get_json()["job"]["id"]
    again = client.post("/api/jobs", json=asked, headers=admin)
    assert (again.status_code, again.get_json()["job"]["id"]) == (409, first)
    assert client.post(f"{START}/cancel", headers=admin).get_json()["status"] == "cancelled"
    other = client.post(START, headers=admin).get_json()["job"]["id"]
    assert client.post(f"/api/jobs/{first}/retry", headers=admin).status_code == 409
    client.post(f"/api/jobs/{other}/cancel", headers=admin)
    assert client.post(f"/api/jobs/{first}/retry", headers=admin).status_code == 202
    client.post(f"{START}/cancel", headers=admin)
    change_settings(spotify_client_id=None, ai_model=None, musicbrainz_enabled=False)
    assert client.post("/api/jobs", json=asked, headers=admin).status_code == 409


def test_who_is_off_says_so(mirrored: EnrichedMirror, client: FlaskClient, admin: Headers) -> None:
    change_settings(spotify_client_id=None, ai_model=None, musicbrainz_enabled=False)
    answer = client.post(START, headers=admin)
    assert answer.status_code == 409
    assert "AI_MODEL" in answer.get_json()["detail"]
    told = client.get("/api/v1/enrichments", headers=admin).get_json()["providers"]
    assert all(not one["is_on"] and one["why_not"] for one in told)


def test_nonsense_is_refused(mirrored: EnrichedMirror, client: FlaskClient, admin: Headers) -> None:
    for asked in ("limit=0", "limit=x", "only=old"):
        assert client.post(f"{START}?{asked}", headers=admin).status_code == 400
    assert client.post(START).status_code == client.get(f"{START}/progress").status_code == 401


def test_the_command_enriches_and_says_what(mirrored: EnrichedMirror, app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["enrich", "--limit", "3", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert balances(told)
    assert told["by_field"]["description"]["enriched"] == 3
    mirrored.providers.faults.add(Fault("status", "/ai/*", status=400, hits={1}))
    failing = app.test_cli_runner().invoke(args=["enrich"])
    assert (failing.exit_code, "1 errors" in failing.output) == (1, True)


def test_the_command_goes_on_with_a_batch_that_was_left(mirrored: EnrichedMirror, app: Flask) -> None:
    EnrichmentService().start(limit=1)
    assert app.test_cli_runner().invoke(args=["enrich"]).exit_code == 0
    assert EnrichmentService().progress()["current"] == 1


def test_the_command_says_what_is_missing(mirrored: EnrichedMirror, app: Flask) -> None:
    change_settings(spotify_client_id=None, ai_model=None, musicbrainz_enabled=False)
    done = app.test_cli_runner().invoke(args=["enrich"])
    assert (done.exit_code, "SPOTIFY_CLIENT_ID" in done.output) == (1, True)
