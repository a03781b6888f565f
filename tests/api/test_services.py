"""Imports that only add: the control routes of another system."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import extensions
from config import Settings
from tests.builders import SELLER, MirrorBuilder

Headers = dict[str, str]
START, PROGRESS = "/api/v1/services/discogs/sync", "/api/v1/services/discogs/sync/progress"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(discogs_seller_username=SELLER, discogs_collection_username=SELLER)


@pytest.fixture(autouse=True)
def queued(app: Flask) -> list[int]:
    """Run ids handed to the queue; nobody works them off."""
    ids: list[int] = []
    app.extensions[extensions.KEY].enqueue = ids.append
    return ids


@pytest.mark.parametrize(("asked", "kind"), [("?limit=5", "collection"), ("?limit=5&source=inventory", "inventory")])
@pytest.mark.usefixtures("mirror")
def test_a_start_queues_a_run_that_only_adds(
    client: FlaskClient, admin: Headers, queued: list[int], asked: str, kind: str
) -> None:
    answer = client.post(f"{START}{asked}", headers=admin)
    told = answer.get_json()
    assert (answer.status_code, told["status"], told["source"], told["run_ids"]) == (202, "started", kind, queued)
    assert told["run"] | {"source": kind, "adds_only": True, "limit": 5, "state": "queued"} == told["run"]


def test_a_second_start_is_told_of_the_first(client: FlaskClient, mirror: MirrorBuilder, admin: Headers) -> None:
    first = client.post(START, headers=admin).get_json()["run"]["id"]
    answer = client.post(START, headers=admin)
    assert (answer.status_code, answer.get_json()["run"]["id"]) == (409, first)
    assert client.post(f"{START}?source=inventory", headers=admin).status_code == 202, "another source is free"


@pytest.mark.parametrize("asked", ["limit=0", "limit=-1", "limit=x", "source=everything"])
def test_nonsense_is_refused_by_name(client: FlaskClient, mirror: MirrorBuilder, admin: Headers, asked: str) -> None:
    answer = client.post(f"{START}?{asked}", headers=admin)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (400, [asked.partition("=")[0]])


def test_progress_of_an_unknown_kind_is_refused(client: FlaskClient, mirror: MirrorBuilder, admin: Headers) -> None:
    assert client.get(f"{PROGRESS}?source=everything", headers=admin).status_code == 400


def test_strangers_neither_start_nor_look(client: FlaskClient, mirror: MirrorBuilder) -> None:
    assert client.post(START).status_code == client.get(PROGRESS).status_code == 401


def test_nothing_yet(client: FlaskClient, mirror: MirrorBuilder, admin: Headers) -> None:
    told = client.get(PROGRESS, headers=admin).get_json()
    assert told == {
        "status": "idle",
        "source": "collection",
        "current": 0,
        "total": 0,
        "current_album": None,
        "synced": 0,
        "skipped": 0,
        "errors": 0,
        "progress_percent": 0.0,
        "estimated_completion": None,
        "run": None,
    }


def test_progress_while_it_runs_and_when_it_is_over(client: FlaskClient, mirror: MirrorBuilder, admin: Headers) -> None:
    mirror.run(
        state="running",
        outcome=None,
        finished_at=None,
        data_digest=None,
        items_done=100,
        items_total=400,
        latest_item="Low – Hey What",
    )
    told = client.get(f"{PROGRESS}?source=inventory", headers=admin).get_json()
    assert (told["status"], told["current"], told["total"], told["progress_percent"]) == ("running", 100, 400, 25.0)
    assert told["current_album"] == "Low – Hey What"


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("applied", "completed"), ("held", "completed"), ("failed", "failed"), ("cancelled", "cancelled")],
)
def test_how_it_ended(client: FlaskClient, mirror: MirrorBuilder, admin: Headers, outcome: str, status: str) -> None:
    mirror.run(outcome=outcome, added=2, restored=1, unchanged=233, rejected=1, items_done=237, items_total=237)
    told = client.get(f"{PROGRESS}?source=inventory", headers=admin).get_json()
    assert (told["status"], told["synced"], told["skipped"], told["errors"]) == (status, 3, 233, 1)
    assert told["synced"] + told["skipped"] + told["errors"] == told["current"]
