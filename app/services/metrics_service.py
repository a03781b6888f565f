"""The mirror in numbers for whoever watches over it: read from the database, so that any worker tells the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from shutil import disk_usage

from sqlalchemy import Connection, func, select

from app.errors import StorageError
from app.extensions import db, wiring
from app.formats.prometheus import Measure, Sample, exposition
from app.models import Change, JobRow, ReleaseBody, Run, Source
from app.models.database_file import file_of
from app.models.locks import SCHEDULER
from app.models.transactions import read_transaction
from app.services.run_items import held_runs
from app.services.shop_statistics import statistics_of_shop
from app.services.standing_refusals import standing_refusals
from config import VERSION


class MetricsService:
    """What Prometheus reads. Needs an application context."""

    def __init__(self) -> None:
        self._engine = db.engine
        self._wired = wiring()

    def exposition(self) -> bytes:
        """All measures in the text format of Prometheus. With a database that cannot be read, that it cannot."""
        measures = [Measure("info", "Which release answers.", [Sample(1, version=VERSION)])]
        try:
            with read_transaction(self._engine) as connection:
                measures += [*self._of_data(connection), *_of_work(connection)]
                refused = len(standing_refusals(connection, self._wired))
                works = self._wired.locks.is_held(SCHEDULER, connection)
        except StorageError:
            return exposition([*measures, _is_up(is_up=False)])
        measures.append(Measure("refused_credentials", "Credentials that Discogs refuses.", [Sample(refused)]))
        measures.append(Measure("worker_up", "1 when a process syncs and does jobs.", [Sample(int(works))]))
        return exposition([*measures, _is_up(is_up=True), *self._of_disk()])

    def _of_data(self, connection: Connection) -> Iterator[Measure]:
        wired = self._wired
        shop = statistics_of_shop(connection, wired.settings, wired.clock(), wired.remembered)
        sellers = [Sample(each["count"], seller=each["seller"]) for each in shop["sellers"]]
        yield Measure("listings", "Listings for sale in the shop.", sellers)
        if shop["age_seconds"] is not None:
            yield Measure("data_age_seconds", "Since the whole shop was last seen.", [Sample(shop["age_seconds"])])
        yield Measure("data_stale", "1 when the data is too old to be shown as current.", [Sample(int(shop["stale"]))])

    def _of_disk(self) -> Iterator[Measure]:
        file = file_of(self._engine.url)
        if file is not None and file.exists():
            yield Measure("disk_free_bytes", "Room left beside the database.", [Sample(disk_usage(file).free)])


def _is_up(*, is_up: bool) -> Measure:
    return Measure("database_up", "1 when the database can be read.", [Sample(int(is_up))])


def _of_work(connection: Connection) -> Iterator[Measure]:
    # Of kinds, not of accounts: everybody may read this, and who else is mirrored here is nobody's business.
    ended = (
        select(Source.kind, Run.outcome, func.count(), func.max(Run.finished_at))
        .join(Source, Source.id == Run.source_id)
        .where(Run.kind == "sync", Run.state == "finished")
        .group_by(Source.kind, Run.outcome)
    )
    runs, latest = [], []
    for kind, outcome, number, last in connection.execute(ended):
        about = {"source": kind, "outcome": str(outcome)}
        runs.append(Sample(number, **about))
        latest.append(Sample(_seconds(last), **about))
    yield Measure("syncs", "Syncs that ended, by how.", runs, is_counter=True)
    yield Measure("last_sync_timestamp_seconds", "When a sync last ended so.", latest)
    asked = connection.scalar(select(func.sum(Run.requests)))
    yield Measure("discogs_requests", "Requests that runs sent to Discogs.", [Sample(int(asked or 0))], is_counter=True)
    held = len(connection.execute(held_runs()).all())
    yield Measure("held_runs", "Runs that wait for a person.", [Sample(held)])
    queued = connection.scalar(select(func.count()).select_from(Run).where(Run.state != "finished"))
    yield Measure("runs_active", "Runs queued or at work.", [Sample(int(queued or 0))])
    newest = connection.scalar(select(func.max(Change.seq)))
    yield Measure("changes", "Entries of the change log.", [Sample(int(newest or 0))], is_counter=True)
    jobs = connection.execute(select(JobRow.state, func.count()).group_by(JobRow.state))
    yield Measure("jobs", "Background jobs, by state.", [Sample(number, state=name) for name, number in jobs])
    cached = connection.scalar(select(func.count()).select_from(ReleaseBody))
    yield Measure("cached_releases", "Catalogue entries kept.", [Sample(int(cached or 0))])


def _seconds(moment: datetime | str | None) -> float:
    """Aggregates come without their column's type on SQLite."""
    if moment is None:
        return 0.0
    return (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).timestamp()
