"""Exports while Discogs is out of order or wants to be left alone: they wait or fail, and spoil nothing."""

from __future__ import annotations

import pytest

from app.errors import DiscogsRateLimitError, JobResultGone
from app.services.jobs_service import JobsService
from app.services.online_search import search_online
from app.services.release_cache import ReleaseCache
from scripts.fake_discogs import Fault
from tests.exports.conftest import COPIES, Desk

OUT_OF_ORDER = Fault("status", path="/releases/*", status=503)


def work_to_the_end(desk: Desk, job_id: str) -> int:
    """How many attempts it took; between them the clock is put to the moment of the next."""
    attempts = 0
    while desk.job(job_id)["state"] == "queued":
        desk.clock.advance(hours=1)
        attempts += desk.work()
    return attempts


def test_an_outage_ends_as_such_and_the_next_export_asks_again(desk: Desk) -> None:
    desk.fake.faults.add(OUT_OF_ORDER)
    job_id = desk.submit()
    assert 1 < work_to_the_end(desk, job_id) < 10
    failed = desk.job(job_id)
    assert failed["state"] == "failed"
    assert "5 releases in a row: http.5xx" in failed["problem"]
    desk.fake.faults.clear()
    done = desk.export()
    assert (done["state"], done["details"]["unknown"], done["details"]["failed"]) == ("done", 0, 0)
    assert all(row["Country"] for row in desk.rows(done))


def test_a_release_without_an_answer_is_asked_for_by_the_next_export(desk: Desk) -> None:
    (number, *_others) = sorted(desk.releases())
    desk.fake.faults.add(Fault("status", path=f"/releases/{number}", status=500))
    assert desk.export()["details"]["failed"] >= 1
    desk.fake.faults.clear()
    desk.read()
    desk.clock.advance(minutes=1)
    assert desk.export()["details"]["unknown"] == 0
    assert desk.read() == [number]


def test_who_begins_an_export_anew_asks_about_everything_again(desk: Desk) -> None:
    (number, *_others) = sorted(desk.releases())
    broken = Fault("status", path=f"/releases/{number}", status=500)
    desk.fake.faults.add(broken)
    job_id = desk.submit()
    desk.fake.before_request(lambda *_: desk.stop.set() if len(desk.fake.audit) >= 20 else None)
    desk.work()
    assert number in desk.read()
    JobsService().cancel(job_id)
    desk.fake.reset()
    desk.stop.clear()
    desk.clock.advance(minutes=1)
    JobsService().retry(job_id)
    desk.work()
    job = desk.job(job_id)
    assert (job["state"], job["details"]["unknown"]) == ("done", 0)
    assert number in desk.read()


def test_a_release_of_two_copies_is_told_of_once(desk: Desk) -> None:
    twice = desk.world.shelf().copies[desk.world.copy_ids()[0]].release
    desk.world.add_copy(twice.id)
    desk.mirror.sync()
    desk.fake.faults.add(Fault("status", path=f"/releases/{twice.id}", status=404))
    job = desk.export()
    assert (job["error_count"], job["details"]["unknown"]) == (1, 2)
    assert job["errors"] == [{"place": f"release {twice.id}", "problem": "not read (gone)"}]


def test_releases_that_discogs_cannot_tell_of_stop_no_export(desk: Desk) -> None:
    well, *broken = sorted(desk.releases())
    ReleaseCache().fetch(well)
    for number in broken:
        desk.fake.faults.add(Fault("status", path=f"/releases/{number}", status=500))
    copies = [copy for copy in desk.world.shelf().copies.values() if copy.release.id in broken]
    for _ in range(2):
        job = desk.export()
        assert (job["state"], job["details"]["unknown"], job["error_count"]) == ("done", len(copies), len(broken))
        assert len(desk.rows(job)) == COPIES
        desk.clock.advance(minutes=1)


def test_a_long_pause_is_waited_for_and_is_no_attempt(desk: Desk) -> None:
    desk.fake.faults.add(Fault("status", path="/releases/*", status=429, retry_after="900", hits=[1]))
    job_id = desk.submit()
    desk.work()
    waiting = desk.job(job_id)
    assert (waiting["state"], waiting["attempts"]) == ("queued", 0)
    assert not desk.work(), "not before it is over"
    with pytest.raises(DiscogsRateLimitError):
        search_online("anything", 5)
    desk.clock.advance(seconds=901)
    assert desk.work()
    assert desk.job(job_id)["state"] == "done"
    assert len(desk.rows(desk.job(job_id))) == COPIES


def test_a_file_that_was_cut_short_is_not_sent_as_whole(desk: Desk) -> None:
    job = desk.export()
    path = JobsService().result(job["id"]).path
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(JobResultGone):
        JobsService().result(job["id"])
