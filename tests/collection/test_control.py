"""Starting, stopping and following the syncs of all sources."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import extensions
from app.errors import SyncBusy
from app.services import sync_control
from app.services.discogs_connection import NeverStops
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.run_ledger import RunLedger
from tests.collection.conftest import ShelfMirror, change_settings

Headers = dict[str, str]
KINDS = ["inventory", "collection", "wantlist"]


@pytest.fixture
def queued(app: Flask) -> list[int]:
    """Run ids handed to the queue, until `work_off`."""
    ids: list[int] = []
    app.extensions[extensions.KEY].enqueue = ids.append
    return ids


def work_off(queued: list[int]) -> None:
    while queued:
        sync_control.execute_run(queued.pop(0), NeverStops())


def kinds_of(mirror: ShelfMirror, ids: list[int]) -> list[str]:
    from app.services.status_service import StatusService

    return [StatusService().run(number)["source"] for number in ids]


def test_a_start_queues_every_source_the_shop_first(
    mirror: ShelfMirror, client: FlaskClient, admin: Headers, queued: list[int]
) -> None:
    answer = client.post("/api/sync/start", headers=admin).get_json()
    assert kinds_of(mirror, answer["run_ids"]) == KINDS
    assert (answer["run"]["id"], answer["run"]["source"]) == (queued[0], "inventory")


@pytest.mark.parametrize("trigger", ["startup", "hourly"])
def test_so_does_the_clock(mirror: ShelfMirror, queued: list[int], trigger: str) -> None:
    assert kinds_of(mirror, sync_control.request_sync(trigger=trigger)) == KINDS


def test_one_kind_can_be_asked_for(mirror: ShelfMirror, client: FlaskClient, admin: Headers, queued: list[int]) -> None:
    answer = client.post("/api/sync/start", json={"source": "collection"}, headers=admin).get_json()
    assert kinds_of(mirror, answer["run_ids"]) == ["collection"]
    assert client.post("/api/sync/start", json={"source": "orders"}, headers=admin).status_code == 400


def test_a_person_who_asks_while_something_runs_is_told_of_it(
    mirror: ShelfMirror, client: FlaskClient, admin: Headers, queued: list[int]
) -> None:
    first = client.post("/api/sync/start", json={"source": "collection"}, headers=admin).get_json()["run"]["id"]
    refused = client.post("/api/sync/start", headers=admin)
    assert (refused.status_code, refused.get_json()["run"]["id"]) == (409, first)
    assert client.post("/api/sync/start", json={"source": "inventory"}, headers=admin).status_code == 202


def test_the_clock_leaves_out_what_is_at_work(mirror: ShelfMirror, queued: list[int]) -> None:
    sync_control.request_sync(trigger="api", kind="collection")
    assert kinds_of(mirror, sync_control.request_sync(trigger="hourly")) == ["inventory", "wantlist"]


def test_what_somebody_else_queues_meanwhile_keeps_nothing_else_waiting(
    mirror: ShelfMirror, queued: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = sync_control.sources_to_sync("collection")[0]
    queue = RunLedger.queue

    def second_comer(self: RunLedger, source_id: int, **asked: Any) -> int:
        if source_id == number:
            queue(self, source_id, trigger="api")
        return queue(self, source_id, **asked)

    monkeypatch.setattr(RunLedger, "queue", second_comer)
    ids = sync_control.request_sync(trigger="hourly")
    assert (kinds_of(mirror, ids), queued) == (["inventory", "wantlist"], ids)


def test_a_start_that_queues_nothing_says_so(
    mirror: ShelfMirror, queued: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(self: RunLedger, source_id: int, **asked: Any) -> int:
        raise SyncBusy(7)

    monkeypatch.setattr(RunLedger, "queue", busy)
    with pytest.raises(SyncBusy):
        sync_control.request_sync(trigger="hourly")
    assert queued == []


def test_a_cancel_stops_all_that_waits(
    mirror: ShelfMirror, client: FlaskClient, admin: Headers, queued: list[int]
) -> None:
    ids = client.post("/api/sync/start", headers=admin).get_json()["run_ids"]
    assert client.post("/api/sync/cancel", headers=admin).get_json()["run"]["id"] == ids[0]
    assert [run.outcome for run in mirror.runs()] == ["cancelled"] * 3
    assert client.post("/api/sync/cancel", headers=admin).status_code == 409


def test_the_status_tells_of_every_source(
    mirror: ShelfMirror, client: FlaskClient, admin: Headers, queued: list[int]
) -> None:
    mirror.world.set_private(wants=True)
    sync_control.request_sync(trigger="hourly")
    work_off(queued)
    status = client.get("/api/sync/status", headers=admin).get_json()
    told = [(each["source"], each["total"], each["public"], each["last_sync"]["outcome"]) for each in status["sources"]]
    assert told == [
        ("inventory", 12, None, "applied"),
        ("collection", 230, False, "applied"),
        ("wantlist", 28, False, "applied"),
    ]
    artists = len({row.artist for row in mirror.rows().values()})
    stats = status["collection_stats"]
    assert (stats["total_albums"], stats["total_artists"], stats["last_sync"]["status"]) == (230, artists, "applied")
    assert (status["sync_status"]["status"], status["last_run"]["source"]) == ("idle", "inventory")


def test_a_collection_that_cannot_be_read_is_no_illness_of_the_shop(
    mirror: ShelfMirror, client: FlaskClient, queued: list[int]
) -> None:
    change_settings(discogs_token=None)
    mirror.world.set_private(collection=True, wants=True)
    sync_control.request_sync(trigger="hourly")
    work_off(queued)
    assert [run.reason for run in mirror.runs()] == [None, "seller.private", "seller.private"]
    health = client.get("/health").get_json()
    assert (health["status"], health["reasons"]) == ("ok", [])
    assert client.get("/api/stats").get_json()["last_sync"]["outcome"] == "applied"


def test_a_held_collection_names_its_copies(mirrored: ShelfMirror, client: FlaskClient, admin: Headers) -> None:
    mirrored.world.copies.clear()
    run = mirrored.sync()["run_id"]
    held = client.get(f"/api/sync/runs/{run}", headers=admin).get_json()["held"]
    assert {int(row["instance_id"]) for row in held} == mirrored.live()


@pytest.mark.parametrize(("kind", "total"), [("collection", 230), ("wantlist", 28)])
def test_the_command_syncs_a_shelf(app: Flask, mirror: ShelfMirror, kind: str, total: int) -> None:
    done = app.test_cli_runner().invoke(args=["sync", kind, "--json"])
    assert (done.exit_code, json.loads(done.stdout)["added"]) == (0, total)
    told = app.test_cli_runner().invoke(args=["sync", kind])
    assert told.stdout.startswith(f"{kind}: applied\n0 added")


def test_who_is_named_in_a_call_is_meant(mirror: ShelfMirror) -> None:
    mirror.world.add_copy(of=mirror.world.stranger.username)
    done = DiscogsSyncService(seller_username=mirror.world.stranger.username).sync("collection")
    assert (done["outcome"], done["added"]) == ("applied", 1)


def test_the_command_says_whose_collection_it_lacks(app: Flask, mirror: ShelfMirror) -> None:
    change_settings(discogs_collection_username=None, discogs_seller_username=None)
    done = app.test_cli_runner().invoke(args=["sync", "collection"])
    assert done.exit_code == 1
    assert "DISCOGS_COLLECTION_USERNAME" in done.stderr
