"""The control of the sync, and the health of the service."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app import extensions
from app.services.mirror_writer import last_applied
from config import Settings
from tests.builders import DAY, SELLER, MirrorBuilder
from tests.conftest import FakeClock

Headers = dict[str, str]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(discogs_seller_username=SELLER)


@pytest.fixture
def queued(app: Flask) -> list[int]:
    """Run ids handed to the queue; nobody works them off."""
    ids: list[int] = []
    app.extensions[extensions.KEY].enqueue = ids.append
    return ids


def test_an_idle_mirror(client: FlaskClient, mirror: MirrorBuilder, admin: Headers) -> None:
    status = client.get("/api/sync/status", headers=admin).get_json()
    assert status["sync_status"] == {
        "status": "idle",
        "progress_percent": 0.0,
        "processed_items": 0,
        "total_items": 0,
        "estimated_completion": None,
    }
    assert status["collection_stats"] == {
        "total_albums": 0,
        "total_artists": 0,
        "last_sync": {"time": None, "status": None},
    }
    assert status["client_online"] is True
    assert status["run"] is None
    assert status["last_run"]["outcome"] == "applied"
    assert status["rate"]["limit"] == 100_000


def test_progress_and_when_it_will_be_done(
    client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock, admin: Headers
) -> None:
    clock.now = DAY + timedelta(seconds=30)
    mirror.run(
        state="running",
        outcome=None,
        finished_at=None,
        items_done=100,
        items_total=400,
        pages_done=1,
        waiting_for="12 s: Discogs asks for patience",
        data_digest=None,
    )
    status = client.get("/api/sync/status", headers=admin).get_json()
    assert status["sync_status"] == {
        "status": "running",
        "progress_percent": 25.0,
        "processed_items": 100,
        "total_items": 400,
        "estimated_completion": "2026-03-01T08:02:00+00:00",
    }
    assert status["waiting_for"] == "12 s: Discogs asks for patience"


def test_a_network_that_is_down_is_told(client: FlaskClient, mirror: MirrorBuilder, admin: Headers) -> None:
    mirror.run(outcome="failed", reason="net.dns", data_digest=None)
    assert client.get("/api/sync/status", headers=admin).get_json()["client_online"] is False


@pytest.mark.parametrize("told", ["yes", "true", 1, 0, None, [], {}])
def test_what_is_no_boolean_is_not_taken_for_one(
    client: FlaskClient, mirror: MirrorBuilder, admin: Headers, told: object
) -> None:
    answer = client.post("/api/sync/start", json={"force_full": told}, headers=admin)
    assert answer.status_code in {400, 422}
    assert "force_full" in answer.text


def test_a_start_queues_a_run(client: FlaskClient, mirror: MirrorBuilder, admin: Headers, queued: list[int]) -> None:
    answer = client.post("/api/sync/start", json={"force_full": True}, headers=admin)
    assert answer.status_code == 202
    run = answer.get_json()["run"]
    assert (run["state"], run["force_full"], run["trigger"], run["seller"]) == ("queued", True, "api", SELLER)
    assert queued == answer.get_json()["run_ids"] == [run["id"]]
    assert client.get(answer.headers["Location"], headers=admin).get_json()["id"] == run["id"]


def test_a_start_needs_no_body(client: FlaskClient, mirror: MirrorBuilder, admin: Headers, queued: list[int]) -> None:
    answer = client.post("/api/sync/start", headers=admin)
    assert (answer.status_code, answer.get_json()["run"]["force_full"]) == (202, False)


def test_every_source_is_told_of(client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock, admin: Headers) -> None:
    clock.now = DAY + timedelta(seconds=30)
    mirror.run(state="running", outcome=None, finished_at=None, data_digest=None, items_done=100, items_total=400)
    (source,) = client.get("/api/sync/status", headers=admin).get_json()["sources"]
    assert (source["source"], source["seller"], source["policy"], source["shown"]) == (
        "inventory",
        SELLER,
        "mirror",
        True,
    )
    assert source["progress"]["items_per_second"] == 3.3
    assert source["progress"]["seconds_left"] == 90
    assert (source["run"]["state"], source["last_sync"]["outcome"]) == ("running", "applied")


def test_one_kind_of_source_may_be_asked_for(
    client: FlaskClient, mirror: MirrorBuilder, admin: Headers, queued: list[int]
) -> None:
    assert client.post("/api/sync/start", json={"source": "nothing"}, headers=admin).status_code == 400
    answer = client.post("/api/sync/start", json={"source": "inventory"}, headers=admin)
    assert answer.get_json()["run"]["source"] == "inventory"
    assert len(queued) == 1


def test_a_second_start_is_told_of_the_first(
    client: FlaskClient, mirror: MirrorBuilder, admin: Headers, queued: list[int]
) -> None:
    first = client.post("/api/sync/start", headers=admin).get_json()["run"]["id"]
    answer = client.post("/api/sync/start", headers=admin)
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert answer.get_json()["run"]["id"] == first
    assert queued == [first]


def test_a_cancel_ends_what_waits(
    client: FlaskClient, mirror: MirrorBuilder, admin: Headers, queued: list[int]
) -> None:
    assert client.post("/api/sync/cancel", headers=admin).status_code == 409
    run = client.post("/api/sync/start", headers=admin).get_json()["run"]["id"]
    answer = client.post("/api/sync/cancel", headers=admin)
    assert answer.status_code == 202
    assert (answer.get_json()["run"]["id"], answer.get_json()["run"]["outcome"]) == (run, "cancelled")


def test_runs_newest_first(client: FlaskClient, mirror: MirrorBuilder, admin: Headers) -> None:
    ids = [mirror.run(added=each) for each in range(3)]
    runs = client.get("/api/sync/runs?limit=2", headers=admin).get_json()["runs"]
    assert [run["id"] for run in runs] == ids[:0:-1]
    assert runs[0]["counts"]["added"] == 2
    assert client.get("/api/sync/runs?limit=0", headers=admin).status_code == 400


def test_a_run_shows_what_it_holds_and_what_it_could_not_read(
    client: FlaskClient, mirror: MirrorBuilder, admin: Headers
) -> None:
    number = mirror.listing(artist="Nina Simone", title="Pastel Blues")
    run = mirror.run(outcome="held", reason="guard.shrink")
    mirror.hold(run, number)
    mirror.quarantine(run, place="page 3 row 17", item_id=9, problem="status is missing", raw="{}")
    detail = client.get(f"/api/sync/runs/{run}", headers=admin).get_json()
    assert detail["held_removals"] == 1
    assert detail["held"] == [
        {"listing_id": str(number), "artist": "Nina Simone", "title": "Pastel Blues", "removed_at": None}
    ]
    assert detail["quarantine"] == [
        {"place": "page 3 row 17", "listing_id": 9, "problem": "status is missing", "raw": "{}"}
    ]
    assert client.get("/api/sync/status", headers=admin).get_json()["held_runs"][0]["id"] == run


def test_a_held_run_waits_no_longer_once_another_was_applied(
    client: FlaskClient, mirror: MirrorBuilder, admin: Headers
) -> None:
    mirror.run(outcome="held")
    mirror.run()
    assert client.get("/api/sync/status", headers=admin).get_json()["held_runs"] == []


@pytest.mark.parametrize("number", ["999", "9223372036854775808", "-1", "x", "9" * 40])
def test_an_unknown_run_is_not_found(client: FlaskClient, mirror: MirrorBuilder, admin: Headers, number: str) -> None:
    assert client.get(f"/api/sync/runs/{number}", headers=admin).status_code == 404
    for act in ("confirm", "dismiss", "undo"):
        assert client.post(f"/api/sync/runs/{number}/{act}", headers=admin).status_code == 404


def test_only_a_held_run_can_be_confirmed(client: FlaskClient, mirror: MirrorBuilder, admin: Headers) -> None:
    answer = client.post(f"/api/sync/runs/{mirror.run_id}/confirm", headers=admin)
    assert (answer.status_code, answer.get_json()["outcome"]) == (409, "applied")


def test_a_plan_that_is_out_of_date_is_refused_with_the_newer_run(
    client: FlaskClient, mirror: MirrorBuilder, admin: Headers
) -> None:
    held = mirror.run(outcome="held", removal_digest="digest")
    mirror.hold(held, mirror.listing())
    newer = mirror.run()
    answer = client.post(f"/api/sync/runs/{held}/confirm", headers=admin)
    assert answer.status_code == 409
    assert answer.get_json()["latest_run_id"] == newer
    with mirror.engine.connect() as connection:
        assert last_applied(connection, mirror.source_id) is not None


def test_a_confirmation_removes_what_was_held(client: FlaskClient, mirror: MirrorBuilder, admin: Headers) -> None:
    from app.core.fingerprint import digest_of_ids

    number = mirror.listing()
    held = mirror.run(outcome="held", removal_digest=digest_of_ids([number]), view="owner")
    mirror.hold(held, number)
    answer = client.post(f"/api/sync/runs/{held}/confirm", headers=admin)
    assert answer.status_code == 200
    assert answer.get_json()["run"] | {"confirms_run_id": held, "outcome": "applied"} == answer.get_json()["run"]
    assert client.get(f"/api/data/{number}").status_code == 410


def test_a_dismissal_keeps_what_was_held(client: FlaskClient, mirror: MirrorBuilder, admin: Headers) -> None:
    number = mirror.listing()
    held = mirror.run(outcome="held")
    mirror.hold(held, number)
    answer = client.post(f"/api/sync/runs/{held}/dismiss", headers=admin)
    assert (answer.status_code, answer.headers["Location"]) == (200, f"/api/sync/runs/{held}")
    assert answer.get_json()["run"]["dismissed_at"] is not None
    assert client.get(f"/api/data/{number}").status_code == 200
    assert client.get("/api/sync/status", headers=admin).get_json()["held_runs"] == []
    for act in ("confirm", "dismiss"):
        assert client.post(f"/api/sync/runs/{held}/{act}", headers=admin).status_code == 409, act


def test_a_source_that_only_adds_by_now_refuses_a_confirmation(
    client: FlaskClient, mirror: MirrorBuilder, admin: Headers
) -> None:
    from app.core.fingerprint import digest_of_ids

    wired = extensions.wiring()
    wired.settings = wired.settings.replace(inventory_sync_policy="add_only")
    number = mirror.listing()
    held = mirror.run(outcome="held", removal_digest=digest_of_ids([number]), view="owner")
    mirror.hold(held, number)
    answer = client.post(f"/api/sync/runs/{held}/confirm", headers=admin)
    assert (answer.status_code, answer.get_json()["run_id"]) == (409, held)
    assert client.get(f"/api/data/{number}").status_code == 200


def removal(mirror: MirrorBuilder) -> tuple[int, int]:
    """A run that removed one listing; both ids."""
    run = mirror.run(removed=1)
    mirror.run_id = run  # who the rows that follow are of
    number = mirror.listing(removed="deleted")
    mirror.change(number, "remove", public_kind="remove")
    return run, number


def test_an_undo_brings_back_what_a_run_removed(client: FlaskClient, mirror: MirrorBuilder, admin: Headers) -> None:
    run, number = removal(mirror)
    assert client.get(f"/api/data/{number}").status_code == 410
    answer = client.post(f"/api/sync/runs/{run}/undo", headers=admin)
    undoing = answer.get_json()["run"]
    assert (answer.status_code, answer.headers["Location"]) == (200, f"/api/sync/runs/{undoing['id']}")
    assert undoing | {"kind": "undo", "undoes_run_id": run, "outcome": "applied"} == undoing
    assert (undoing["counts"]["restored"], undoing["counts"]["unchanged"]) == (1, 0)
    assert client.get(f"/api/data/{number}").status_code == 200
    assert client.get("/api/changes").get_json()["changes"][-1]["kind"] == "restore"
    assert client.get("/api/sync/runs", headers=admin).get_json()["runs"][0]["kind"] == "undo"


def test_only_removals_can_be_undone(client: FlaskClient, mirror: MirrorBuilder, admin: Headers) -> None:
    answer = client.post(f"/api/sync/runs/{mirror.run_id}/undo", headers=admin)
    assert answer.status_code == 409
    assert answer.get_json()["detail"] == "This run removed nothing: there is nothing to undo."


def test_nothing_is_undone_while_a_sync_runs(client: FlaskClient, mirror: MirrorBuilder, admin: Headers) -> None:
    run, number = removal(mirror)
    queued = mirror.run(state="queued", outcome=None, data_digest=None, finished_at=None)
    answer = client.post(f"/api/sync/runs/{run}/undo", headers=admin)
    assert (answer.status_code, answer.get_json()["run"]["id"]) == (409, queued)
    assert client.get(f"/api/data/{number}").status_code == 410


def test_the_command_undoes_a_run_and_says_so(app: Flask, client: FlaskClient, mirror: MirrorBuilder) -> None:
    run, number = removal(mirror)
    command = app.test_cli_runner()
    done = command.invoke(args=["undo-run", str(run)])
    assert (done.exit_code, done.stdout) == (0, f"run {run + 1} takes back 1 of the 1 removals of run {run}\n")
    assert client.get(f"/api/data/{number}").status_code == 200
    refused = command.invoke(args=["undo-run", str(run + 1)])
    assert (refused.exit_code, "removed nothing" in refused.output) == (1, True)
    assert command.invoke(args=["undo-run", "999"]).exit_code == 1
    assert command.invoke(args=["undo-run", "0"]).exit_code == 2


def test_health_of_a_mirror_that_is_up_to_date(client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock) -> None:
    clock.now = DAY + timedelta(minutes=1)
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.get_json() == {
        "status": "ok",
        "ready": True,
        "late": False,
        "reasons": [],
        "age_seconds": 60,
        "stale": False,
        "last_sync": {"time": "2026-03-01T08:00:30+00:00", "outcome": "applied", "reason": None},
        "held_runs": 0,
    }


def test_health_tells_reasons_and_calls_for_somebody_when_the_data_is_late(
    client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock
) -> None:
    clock.now = DAY + timedelta(minutes=1)
    mirror.run(outcome="held")
    mirror.run(outcome="failed", reason="net.dns", data_digest=None)
    answer = client.get("/health")
    assert (answer.status_code, answer.get_json()["status"], answer.get_json()["late"]) == (200, "degraded", False)
    clock.now = DAY + timedelta(hours=7)
    answer = client.get("/health")
    assert (answer.status_code, answer.get_json()["status"], answer.get_json()["late"]) == (503, "degraded", True)
    assert answer.get_json()["ready"], "it goes on serving"
    assert answer.get_json()["reasons"] == [
        "the data is 7 hours old",
        "1 run waits for a confirmation",
        "the last sync ended as failed (net.dns)",
    ]


def test_another_schema_is_no_health(client: FlaskClient, mirror: MirrorBuilder) -> None:
    with mirror.engine.begin() as connection:
        newest = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(text("UPDATE alembic_version SET version_num = 'another'"))
    answer = client.get("/health")
    with mirror.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest})
    assert (answer.status_code, answer.get_json()["status"]) == (503, "unavailable")
    assert "schema" in answer.get_json()["reasons"][0]


def test_liveness_asks_no_database(app: Flask, client: FlaskClient, mirror: MirrorBuilder, counted: object) -> None:
    with counted() as statements:  # type: ignore[operator]
        assert client.get("/healthz").get_json() == {"status": "ok"}
    assert statements == []
