"""A mirrored collection and shop whose releases nobody has read yet, and what exports make of them."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from app.core.export_wishes import ExportKind
from app.extensions import wiring
from app.services.jobs_service import JobsService
from scripts.fake_discogs import FakeDiscogs, World
from tests.collection.conftest import ShelfMirror, fake, settings
from tests.conftest import FakeClock

__all__ = ["fake", "settings"]
COPIES, LISTINGS = 23, 12
JAZZ, UPSTAIRS = 31, 32  # folders of the fake's seller


class Desk:
    """Where exports are asked for, and done at once."""

    def __init__(self, mirror: ShelfMirror, clock: FakeClock) -> None:
        self.mirror = mirror
        self.fake = mirror.fake
        self.world = mirror.world
        self.clock = clock
        self.stop = threading.Event()
        self._seconds = 0.0
        wiring().monotonic = self._tick

    def _tick(self) -> float:
        self._seconds += 10.0  # everything is due for the ledger at once
        return self._seconds

    def submit(self, kind: ExportKind = ExportKind.FOLDER, **parameters: Any) -> str:
        if kind in {ExportKind.FOLDER, ExportKind.BATCH}:
            parameters = {"folder_id": 0, **parameters}
        return str(JobsService().submit(kind, parameters)["id"])

    def work(self) -> bool:
        return JobsService().do_next(self.stop)  # type: ignore[arg-type]

    def job(self, job_id: str) -> dict[str, Any]:
        return JobsService().get(job_id)

    def export(self, kind: ExportKind = ExportKind.FOLDER, **parameters: Any) -> dict[str, Any]:
        """The job, done."""
        job_id = self.submit(kind, **parameters)
        assert self.work()
        return self.job(job_id)

    def made(self, job: dict[str, Any]) -> bytes:
        return JobsService().result(job["id"]).path.read_bytes()

    def rows(self, job: dict[str, Any]) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.made(job).decode("utf-8-sig"), newline="")))

    def read(self) -> list[int]:
        """The releases that Discogs was asked for since the last time, in order."""
        paths = self.fake.audit.paths()
        self.fake.reset_audit()
        return [int(path.rsplit("/", 1)[1]) for path in paths if path.startswith("/releases/")]

    def releases(self, folder_id: int = 0) -> set[int]:
        copies = self.world.shelf().copies.values()
        return {copy.release.id for copy in copies if folder_id in {0, copy.folder_id}}


@pytest.fixture
def world() -> World:
    return World.generate(seed=5, listings=LISTINGS, copies=COPIES, for_sale=LISTINGS)


@pytest.fixture
def desk(app: Flask, fake: FakeDiscogs, clock: FakeClock) -> Iterator[Desk]:
    with app.app_context():
        mirror = ShelfMirror(fake, clock)
        assert mirror.sync()["outcome"] == "applied"
        assert mirror.sync("inventory")["outcome"] == "applied"
        fake.reset_audit()
        yield Desk(mirror, clock)


@pytest.fixture
def between_reads(app: Flask, desk: Desk) -> Callable[[int, Callable[[], object]], None]:
    """Have something done just before the n-th release is answered."""

    def arrange(number: int, act: Callable[[], object]) -> None:
        seen = iter(range(1, 10**6))

        def look(_n: int, request: Any) -> None:
            if request.path.startswith("/releases/") and next(seen) == number:
                with app.app_context():
                    act()

        desk.fake.before_request(look)

    return arrange
