"""A mirror to import into, and a look at what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row, func, select

from app.extensions import db, wiring
from app.models import Base, Change, ListingRow, MirrorState, Run
from app.services.csv_import_service import CsvImport
from app.services.csv_intake import ImportReport, ImportRequest
from app.services.csv_spool import Finding
from config import Settings
from tests.conftest import FakeClock

SELLER = "example_seller"


class Mirror:
    """The mirror under test, as these tests like to use it."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.clock = clock
        self.findings: list[Finding] = []
        self._folder = folder
        wiring().clock = clock

    def file(self, content: str | bytes, name: str = "listings.csv") -> Path:
        """A CSV file with this content."""
        path = self._folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def put(self, content: str | bytes, *, name: str = "listings.csv", **options: Any) -> ImportReport:
        """Import this content."""
        return self.load(self.file(content, name), **options)

    def load(self, path: Path, **options: Any) -> ImportReport:
        """Import a file."""
        with CsvImport(ImportRequest(path, **options)) as work:
            report = work.run()
            self.findings = list(work.findings())
        return report

    def preview(self, content: str, **options: Any) -> ImportReport:
        """What an import of this content would do."""
        with CsvImport(ImportRequest(self.file(content), **options)) as work:
            report = work.preview()
            self.findings = list(work.findings())
        return report

    def rows(self) -> dict[int, Row[Any]]:
        with db.engine.connect() as connection:
            return {row.listing_id: row for row in connection.execute(select(ListingRow.__table__))}

    def changes(self) -> int:
        return self._count(Change)

    def runs(self) -> list[Row[Any]]:
        with db.engine.connect() as connection:
            return list(connection.execute(select(Run.__table__).order_by(Run.id)))

    def version(self) -> int:
        with db.engine.connect() as connection:
            return connection.execute(select(MirrorState.version)).scalar_one()

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        with db.engine.connect() as connection:
            return {
                table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
                for table in Base.metadata.sorted_tables
            }

    def _count(self, model: type[Base]) -> int:
        with db.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(model)).scalar_one()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(discogs_seller_username=SELLER)


@pytest.fixture
def mirror(app: Flask, clock: FakeClock, tmp_path: Path) -> Iterator[Mirror]:
    with app.app_context():
        yield Mirror(tmp_path, clock)


@pytest.fixture
def survey(mirror: Mirror) -> Callable[[datetime, set[int]], None]:
    """A complete sync, begun at that moment, that saw these listings and wrote nothing."""

    def seen(started_at: datetime, ids: set[int]) -> None:
        from sqlalchemy import insert, update

        from app.models import Source
        from app.models.transactions import write_transaction

        with write_transaction(db.engine) as connection:
            source_id = connection.execute(select(Source.id)).scalar_one()
            run_id = connection.execute(
                insert(Run)
                .values(
                    source_id=source_id,
                    kind="sync",
                    trigger="hourly",
                    state="finished",
                    outcome="applied",
                    queued_at=started_at,
                    started_at=started_at,
                    finished_at=started_at,
                    is_complete=True,
                    is_forced=False,
                    view="owner",
                    live_after=len(ids),
                    live_before=len(ids),
                )
                .returning(Run.id)
            ).scalar_one()
            listing = ListingRow.__table__
            connection.execute(
                update(ListingRow)
                .where(listing.c.listing_id.not_in(ids))
                .values(removed_at=started_at, removed_reason="sold", updated_run_id=run_id)
            )

    return seen
