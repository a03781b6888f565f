"""Exports from their beginning to their file, over a real wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from sqlalchemy import update

from app.core.export_wishes import FOLDER_COLUMNS, MARKET_COLUMNS, ExportKind
from app.core.query import BadQuery
from app.core.release_ages import ReleaseStatus
from app.errors import JobNotDone
from app.extensions import db, wiring
from app.models import Account, ReleaseBody
from app.services.jobs_service import JobsService
from scripts.fake_discogs import Fault
from tests.exports.conftest import COPIES, JAZZ, LISTINGS, Desk

GOLDEN = Path(__file__).parent / "golden"
Between = Callable[[int, Callable[[], object]], None]
ALL_KINDS = pytest.mark.parametrize("kind", [ExportKind.FOLDER, ExportKind.BATCH, ExportKind.MARKETPLACE])


def test_the_file_of_a_folder_is_the_golden_one(desk: Desk) -> None:
    job = desk.export()
    assert job["state"] == "done"
    assert desk.made(job) == (GOLDEN / "folder.csv").read_bytes()
    assert job["result"]["name"] == "collection-all-20260302T1400Z.csv"


def test_the_file_of_a_shop_is_the_golden_one(desk: Desk) -> None:
    job = desk.export(ExportKind.MARKETPLACE)
    assert desk.made(job) == (GOLDEN / "marketplace.csv").read_bytes()
    assert job["result"]["name"] == "marketplace-cellardoorrecords-20260302T1400Z.csv"
    assert len(desk.rows(job)) == LISTINGS


@ALL_KINDS
def test_the_second_export_asks_discogs_for_nothing(desk: Desk, kind: ExportKind) -> None:
    first = desk.export(kind)
    read = desk.read()
    assert len(read) == len(set(read)), "no release is read twice"
    assert first["details"]["api_calls"] == len(read) > 0
    desk.clock.advance(days=29)
    again = desk.export(kind)
    assert desk.fake.audit.paths() == []
    total = LISTINGS if kind is ExportKind.MARKETPLACE else COPIES
    told = {"total": total, "cache_hits": total, "api_calls": 0, "retries": 0, "failed": 0, "completed": total}
    assert again["details"] == told | {"unknown": 0, "left_out": 0}


def test_only_the_folder_that_is_wanted_is_read(desk: Desk) -> None:
    job = desk.export(folder_id=JAZZ)
    assert set(desk.read()) == desk.releases(JAZZ)
    assert job["result"]["name"].startswith("collection-jazz-more-")
    assert {row["Country"] for row in desk.rows(job)} != {""}


def test_prices_are_told_as_long_as_they_are_current(desk: Desk) -> None:
    assert any(row["Price"] for row in desk.rows(desk.export()))
    desk.clock.advance(hours=5, minutes=59)
    assert any(row["Price"] for row in desk.rows(desk.export()))
    desk.clock.advance(minutes=1)
    assert not any(row["Price"] for row in desk.rows(desk.export()))


def test_filters_narrow_what_is_written_and_what_is_read(desk: Desk) -> None:
    everything = desk.rows(desk.export())
    genre = everything[0]["Genres"].split(", ")[0]
    year = int(next(row["Year"] for row in everything if row["Year"]))
    label = everything[1]["Label"]
    assert 0 < len(desk.rows(desk.export(genre=genre.upper()))) < COPIES
    assert {row["Year"] for row in desk.rows(desk.export(year=year))} == {str(year)}
    assert {row["Label"] for row in desk.rows(desk.export(label=label))} == {label}
    between = desk.rows(desk.export(year_min=str(year), year_max=year + 10))
    assert all(year <= int(row["Year"]) <= year + 10 for row in between)
    nothing = desk.export(genre="Polka of the Moon")
    assert (nothing["state"], desk.rows(nothing)) == ("done", [])


def test_the_other_forms_tell_the_same(desk: Desk) -> None:
    rows = desk.rows(desk.export())
    told = json.loads(desk.made(desk.export(format="json")))
    assert [item["catalog_number"] or "" for item in told["items"]] == [row["Catalog Number"] for row in rows]
    assert told["export"]["left_out"] == 0
    tree = fromstring(desk.made(desk.export(format="xml")))
    assert [item.findtext("title") for item in tree.iter("item")] == [row["Title"] for row in rows]
    marked = desk.made(desk.export(format="excel"))
    assert marked.startswith("\ufeffArtists".encode())


def test_no_cell_is_a_formula(desk: Desk) -> None:
    copy_id = desk.world.copy_ids()[0]
    release = desk.world.shelf().copies[copy_id].release
    desk.world.edit_copy(copy_id, release=replace(release, title='=HYPERLINK("http://evil.test","x")'))
    desk.mirror.sync()
    titles = [row["Title"] for row in desk.rows(desk.export())]
    assert not [title for title in titles if title.startswith(("=", "+", "-", "@"))]
    assert any("HYPERLINK" in title for title in titles)


def test_an_empty_folder_is_an_empty_file(desk: Desk) -> None:
    folder_id = desk.world.add_folder("Nothing in it")
    desk.mirror.sync()
    job = desk.export(folder_id=folder_id)
    assert (job["state"], job["progress"]["total"], desk.rows(job)) == ("done", 0, [])


@pytest.mark.parametrize(
    ("parameters", "wrong"),
    [
        ({"folder_id": 77}, "folder_id"),
        ({"folder_id": "1"}, "folder_id"),
        ({"folder_id": True}, "folder_id"),
        ({"account": "nobody_here"}, "account"),
        ({"account": 4711}, "account"),
        ({"account": []}, "account"),
        ({"format": "pdf"}, "format"),
        ({"year": "soon"}, "year"),
        ({"genre": 5}, "genre"),
        ({"genres": "Rock"}, "genres"),
    ],
)
def test_what_cannot_be_exported_is_not_taken(desk: Desk, parameters: dict[str, Any], wrong: str) -> None:
    with pytest.raises(BadQuery) as refused:
        desk.submit(**parameters)
    assert set(refused.value.problems) == {wrong}


def test_a_folder_that_goes_before_its_turn_ends_the_job(desk: Desk) -> None:
    job_id = desk.submit(folder_id=JAZZ)
    for instance_id, copy in list(desk.world.shelf().copies.items()):
        if copy.folder_id == JAZZ:
            desk.world.move_copy(instance_id, 1)
    desk.world.delete_folder(JAZZ)
    desk.mirror.sync()
    assert desk.work()
    job = desk.job(job_id)
    assert (job["state"], job["result"]) == ("failed", None)
    assert "no folder 31" in job["problem"]


def test_what_the_mirror_could_not_read_is_told_in_the_result_and_in_the_name(desk: Desk) -> None:
    desk.world.add_copy()
    desk.fake.faults.add(Fault("item", "/users/*/collection/folders/0/releases", name="basic_missing", row="last"))
    desk.mirror.sync()
    desk.fake.faults.clear()
    job = desk.export()
    assert job["details"]["left_out"] == 1
    assert job["result"]["name"].endswith("-without-1.csv")


def test_a_release_that_is_gone_leaves_its_row_with_gaps(desk: Desk) -> None:
    gone = min(desk.releases())
    desk.fake.faults.add(Fault("status", path=f"/releases/{gone}", status=404))
    job = desk.export()
    assert (job["state"], job["error_count"], job["details"]["unknown"]) == ("done", 1, 1)
    assert job["errors"] == [{"place": f"release {gone}", "problem": "not read (gone)"}]
    row = next(row for row in desk.rows(job) if row["URL"].endswith(f"/release/{gone}"))
    assert (row["Country"], row["Price"]) == ("", "")
    assert row["Title"]
    assert len(desk.rows(job)) == COPIES


def test_any_number_of_releases_may_be_gone(desk: Desk) -> None:
    desk.fake.faults.add(Fault("status", path="/releases/*", status=404))
    job = desk.export()
    assert (job["state"], job["details"]["failed"]) == ("done", len(desk.releases()))
    assert len(desk.rows(job)) == COPIES


def test_what_is_gone_has_no_price(desk: Desk) -> None:
    assert any(row["Price"] for row in desk.rows(desk.export()))
    with db.engine.begin() as connection:
        connection.execute(update(ReleaseBody).values(status=str(ReleaseStatus.GONE)))
    assert {row["Price"] for row in desk.rows(desk.export())} == {""}


def test_reading_ahead_says_when_there_is_nobody_to_ask_for(desk: Desk) -> None:
    wired = wiring()
    with db.engine.begin() as connection:
        connection.execute(update(Account).values(sealed_token=None))
    wired.settings = wired.settings.replace(
        discogs_seller_username=None, discogs_collection_username=None, discogs_token=None
    )
    job = desk.export(ExportKind.IMPORT, folders=[JAZZ])
    assert (job["state"], job["error_count"]) == ("done", 1)
    assert "nobody is configured" in job["errors"][0]["problem"]


def test_a_token_that_is_revoked_in_mid_export_ends_it_and_leaves_no_file(
    desk: Desk, between_reads: Between, tmp_path: Path
) -> None:
    between_reads(5, desk.world.revoke_token)
    job = desk.export()
    assert (job["state"], job["result"]) == ("failed", None)
    assert "auth.revoked" in job["problem"]
    with pytest.raises(JobNotDone):
        JobsService().result(job["id"])
    assert not list(tmp_path.glob("results/*"))


def test_a_cancelled_export_stops_within_one_request(desk: Desk, between_reads: Between, tmp_path: Path) -> None:
    job_id = desk.submit()
    between_reads(4, lambda: JobsService().cancel(job_id))
    assert desk.work()
    assert desk.job(job_id)["state"] == "cancelled"
    assert len(desk.read()) == 4
    assert not list(tmp_path.glob("results/*"))


def test_an_end_of_the_service_costs_no_release(desk: Desk, between_reads: Between) -> None:
    job_id = desk.submit()
    between_reads(14, desk.stop.set)
    assert desk.work()
    assert desk.job(job_id)["state"] == "queued"
    desk.stop.clear()
    assert desk.work()
    job = desk.job(job_id)
    read = desk.read()
    assert job["state"] == "done"
    assert len(read) == len(set(read)) == len(desk.releases())
    assert job["details"]["api_calls"] == len(read)
    assert (job["details"]["cache_hits"], job["details"]["total"]) == (0, COPIES)


def test_a_killed_worker_costs_no_release_that_was_answered(desk: Desk, between_reads: Between) -> None:
    class Killed(BaseException):
        """Nothing in the worker catches this, as nothing catches kill -9."""

    def die() -> None:
        monkeypatched.setattr("app.services.release_cache.attempt", killed)

    def killed(*_: object) -> None:
        raise Killed

    job_id = desk.submit()
    with pytest.MonkeyPatch.context() as monkeypatched:
        between_reads(14, die)
        with pytest.raises(Killed):
            desk.work()
    assert desk.job(job_id)["state"] == "running"
    assert JobsService().put_back_orphans() == 1
    assert desk.work()
    assert desk.job(job_id)["state"] == "done"
    assert sorted(desk.read()) == sorted(desk.releases()), "each once"


def test_the_next_attempt_does_not_ask_again_about_what_was_not_answered(desk: Desk, between_reads: Between) -> None:
    silent = sorted(desk.releases())[3]
    desk.fake.faults.add(Fault("status", path=f"/releases/{silent}", status=500))
    job_id = desk.submit()
    between_reads(len(desk.releases()), desk.stop.set)
    assert desk.work()
    assert desk.job(job_id)["state"] == "queued"
    asked = desk.read()
    desk.stop.clear()
    desk.clock.advance(minutes=1)
    assert desk.work()
    assert desk.job(job_id)["state"] == "done"
    again = desk.read()
    assert silent in asked
    assert silent not in again


def test_a_sync_goes_first(desk: Desk, between_reads: Between) -> None:
    from app.services.sync_control import execute_run, request_sync

    queued: list[int] = []
    job_id = desk.submit()
    between_reads(3, lambda: queued.extend(request_sync(trigger="manual", kind="inventory")))
    assert desk.work()
    assert desk.job(job_id)["state"] == "queued"
    assert len(desk.read()) == 3
    execute_run(queued[0], desk.stop)  # type: ignore[arg-type]
    desk.clock.advance(seconds=6)
    assert desk.work()
    assert desk.job(job_id)["state"] == "done"


def test_a_short_job_does_not_wait_for_a_long_one(desk: Desk, between_reads: Between) -> None:
    long = desk.submit()
    between_reads(2, lambda: desk.submit(genre="Polka of the Moon"))
    assert desk.work()
    assert desk.job(long)["state"] == "queued"
    assert desk.work()
    states = {job["id"]: job["state"] for job in JobsService().newest()}
    assert states.pop(long) == "queued"
    assert list(states.values()) == ["done"]


def test_a_full_disk_ends_the_job_and_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from app.services import job_results

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(job_results.os, "fsync", full)
    job = desk.export()
    assert (job["state"], job["result"]) == ("failed", None)
    assert "No space left on device" in job["problem"]
    assert not list(tmp_path.glob("results/*"))


def test_releases_are_read_ahead_of_an_export(desk: Desk) -> None:
    job = desk.export(ExportKind.IMPORT, folders=[JAZZ, 1])
    assert (job["state"], job["result"]) == ("done", None)
    assert set(desk.read()) == desk.releases(JAZZ) | desk.releases(1)
    desk.export(folder_id=JAZZ)
    assert desk.read() == []
    desk.export(ExportKind.IMPORT, folders=[JAZZ, 0])
    assert set(desk.read()) == desk.releases() - desk.releases(JAZZ) - desk.releases(1)


@pytest.mark.parametrize("folders", [None, [], "1", [77], ["1"]])
def test_an_import_names_its_folders(desk: Desk, folders: Any) -> None:
    with pytest.raises(BadQuery) as refused:
        desk.submit(ExportKind.IMPORT, **({} if folders is None else {"folders": folders}))
    assert set(refused.value.problems) == {"folders"}


def test_a_result_has_its_time(desk: Desk) -> None:
    job = desk.export()
    desk.clock.now += timedelta(hours=25)
    assert JobsService().clear_away() == 1
    assert desk.job(job["id"])["result"] is None


def test_the_columns_are_kept_for_ever() -> None:
    assert ",".join(FOLDER_COLUMNS) == "Artists,Title,Label,Catalog Number,Country,Year,Genres,Styles,Price,URL"
    assert ",".join(MARKET_COLUMNS) == (
        "title,artists,labels,catno,country,year,genres,styles,listing_price,condition,sleeve_condition,comments,posted,"
        "status,url"
    )
