"""Listings of the shop, written into a file by a job."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app import extensions
from app.core.query import BadQuery
from app.services.csv_export_job import KIND
from app.services.job_control import JobControl
from app.services.jobs_service import JobsService
from app.services.shop_index import ShopIndexWriter
from tests.builders import MirrorBuilder
from tests.conftest import FakeClock


@dataclass
class Exports:
    """Exports of a shop of 2,300 records, which is three batches."""

    app: Flask
    mirror: MirrorBuilder
    admin: dict[str, str]

    def submit(self, **parameters: Any) -> str:
        return str(JobsService().submit(KIND, parameters)["id"])

    def work(self, stop: threading.Event | None = None) -> bool:
        return JobsService().do_next(stop or threading.Event())  # type: ignore[arg-type]

    def made(self, job_id: str) -> bytes:
        return JobsService().result(job_id).path.read_bytes()

    def downloaded(self, question: str = "") -> bytes:
        return self.app.test_client().get(f"/export/listings.csv?{question}", headers=self.admin).data


@pytest.fixture
def exports(app: Flask, clock: FakeClock, admin: dict[str, str]) -> Iterator[Exports]:
    wired = app.extensions[extensions.KEY]
    wired.clock = clock
    ticks = iter(range(0, 10**9, 10))
    wired.monotonic = lambda: float(next(ticks))
    with app.app_context():
        mirror = MirrorBuilder(extensions.db.engine, ShopIndexWriter.of(wired.settings))
        mirror.listings(2300, artist="Nina Simone", location="shelf 7")
        yield Exports(app, mirror, admin)


@pytest.mark.parametrize(
    ("parameters", "question"),
    [
        ({}, ""),
        ({"profile": "listings", "encoding": "utf-8-sig"}, "profile=listings&encoding=utf-8-sig"),
        ({"profile": "discogs-upload", "kind": "delete"}, "profile=discogs-upload&kind=delete"),
        ({"artist": "nina", "limit": 7, "page": 2}, "artist=nina&limit=7&page=2"),
        ({"artist": "nobody"}, "artist=nobody"),
    ],
    ids=["public", "listings", "upload", "search", "nothing"],
)
def test_the_file_is_the_download(exports: Exports, parameters: dict[str, Any], question: str) -> None:
    job_id = exports.submit(**parameters)
    assert exports.work()
    assert exports.made(job_id) == exports.downloaded(question)
    job = JobsService().get(job_id)
    assert job["progress"]["done"] == job["progress"]["total"]
    assert job["result"]["name"].endswith("2026-03-02.csv")


def stops_after_a_batch(monkeypatch: pytest.MonkeyPatch, stop: threading.Event) -> None:
    save = JobControl.save

    def save_and_stop(self: JobControl, cursor: Any) -> None:
        stop.set()
        save(self, cursor)

    monkeypatch.setattr(JobControl, "save", save_and_stop)


@pytest.mark.parametrize("moves", [False, True], ids=["goes on", "begins anew"])
def test_after_a_restart_it_goes_on_in_the_same_state_of_the_shop_or_begins_anew(
    exports: Exports, monkeypatch: pytest.MonkeyPatch, moves: bool
) -> None:
    job_id = exports.submit(profile="listings")
    stop = threading.Event()
    with monkeypatch.context() as patched:
        stops_after_a_batch(patched, stop)
        assert exports.work(stop)
    assert JobsService().get(job_id)["state"] == "queued"
    assert JobsService().get(job_id)["progress"]["done"] == 1000
    if moves:
        exports.mirror.listing(artist="Miles Davis")
    begun: list[int] = []
    progress = JobControl.progress

    def note(self: JobControl, done: int, *more: Any) -> None:
        begun.append(done)
        progress(self, done, *more)

    monkeypatch.setattr(JobControl, "progress", note)
    assert exports.work()
    assert exports.made(job_id) == exports.downloaded("profile=listings")
    assert begun[0] == (0 if moves else 1000)


@pytest.mark.parametrize(
    ("parameters", "wrong"),
    [
        ({"profile": "nonsense"}, "profile"),
        ({"price_min": "cheap"}, "price_min"),
        ({"artist": ["a", "b"]}, "artist"),
        ({"artits": "a"}, "artits"),
        ({"year": True}, "year"),
    ],
)
def test_what_cannot_be_exported_is_not_taken(exports: Exports, parameters: dict[str, Any], wrong: str) -> None:
    with pytest.raises(BadQuery) as refused:
        exports.submit(**parameters)
    assert set(refused.value.problems) == {wrong}


def test_an_upload_is_of_one_seller(exports: Exports) -> None:
    exports.mirror.seller("another_shop")
    with pytest.raises(BadQuery):
        exports.submit(profile="discogs-upload")
