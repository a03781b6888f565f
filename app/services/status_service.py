"""What the mirror is doing and did; read from the database, so that any process can answer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, and_, select

from app.errors import RunNotFound
from app.extensions import db, wiring
from app.models import HeldRemoval, QuarantinedItem, Run, Source
from app.models.streams import INVENTORY, STREAMS, Stream
from app.models.transactions import read_transaction
from app.services.run_items import held_runs, run_item, runs_with_sellers
from app.services.run_progress import pace_of, progress_of
from app.services.shop_statistics import iso
from app.services.source_overview import collection_stats, source_overview
from app.services.standing_refusals import standing_refusals

MOST_HELD_SHOWN = 1000

AnyRow = Row[*tuple[Any, ...]]


class StatusService:
    """Reads runs and their state. Needs an application context."""

    def __init__(self) -> None:
        self._engine = db.engine
        self._wired = wiring()

    def sync_status(self) -> dict[str, Any]:
        """The present run, the last one of a shop, all sources, what waits for a person, the pace kept with Discogs."""
        with read_transaction(self._engine) as connection:
            active = connection.execute(_active()).first()
            finished = runs_with_sellers().where(Run.state == "finished", Run.kind == "sync")
            last = connection.execute(finished).first()
            of_shop = connection.execute(finished.where(Source.kind == INVENTORY.kind)).first()
            held = connection.execute(held_runs()).all()
            refused = standing_refusals(connection, self._wired)
            collection = collection_stats(connection, self._wired.settings)
            sources = source_overview(connection, self._wired)
        return {
            "sync_status": progress_of(active, self._wired.clock()),
            "collection_stats": collection,
            "client_online": _is_online(active, last),
            "run": None if active is None else run_item(active),
            "last_run": None if (shown := of_shop or last) is None else run_item(shown),
            "sources": sources,
            "held_runs": [run_item(row) for row in held],
            "refused": [each._asdict() for each in refused],
            "waiting_for": None if active is None else active.waiting_for,
            "rate": self._rate(),
        }

    def runs(self, limit: int) -> list[dict[str, Any]]:
        """The newest runs first."""
        with read_transaction(self._engine) as connection:
            return [run_item(row) for row in connection.execute(runs_with_sellers().limit(limit))]

    def latest_sync(self, kind: str) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """The newest sync of sources of a kind, and how far it is."""
        query = runs_with_sellers().where(Source.kind == kind, Run.kind == "sync")
        with read_transaction(self._engine) as connection:
            row = connection.execute(query.limit(1)).first()
        active = row if row is not None and row.state != "finished" else None
        now = self._wired.clock()
        return None if row is None else run_item(row), progress_of(active, now) | pace_of(active, now)

    def run(self, run_id: int, *, page: int = 1, per_page: int = MOST_HELD_SHOWN) -> dict[str, Any]:
        """One run with a page of the rows it holds back and the items it could not read. Raises RunNotFound."""
        with read_transaction(self._engine) as connection:
            row = connection.execute(runs_with_sellers().where(Run.id == run_id)).one_or_none()
            if row is None:
                raise RunNotFound(run_id)
            stream = STREAMS[row.source]
            return run_item(row) | {
                "held": _held(connection, stream, row, page, per_page),
                "quarantine": _quarantine(connection, stream, run_id),
            }

    def waiting_runs(self) -> list[dict[str, Any]]:
        """The held runs that wait for a person."""
        with read_transaction(self._engine) as connection:
            return [run_item(row) for row in connection.execute(held_runs())]

    def active_run(self, run_id: int | None = None) -> dict[str, Any] | None:
        """The run that is queued or at work; that of the given id where there is one."""
        query = _active() if run_id is None else runs_with_sellers().where(Run.id == run_id)
        with read_transaction(self._engine) as connection:
            row = connection.execute(query).first()
        return None if row is None else run_item(row)

    def _rate(self) -> dict[str, Any]:
        pace = self._wired.throttle.snapshot()
        return {
            "limit": pace.limit,
            "used": pace.used,
            "remaining": pace.remaining,
            "waiting_seconds": round(pace.waiting_s, 1),
        }


def _active() -> Any:
    """The run at work, else the one that waits longest."""
    return runs_with_sellers().where(Run.state != "finished").order_by(None).order_by(Run.state.desc(), Run.id)


def _held(connection: Connection, stream: Stream, run: AnyRow, page: int, per_page: int) -> list[dict[str, Any]]:
    """The rows under the name of their key: listing_id, instance_id or release_id."""
    kept = stream.rows.c
    rows = connection.execute(
        select(HeldRemoval.item_id, kept.artist, kept.title, kept.removed_at)
        .outerjoin(stream.rows, and_(stream.key == HeldRemoval.item_id, stream.rivals(run.source_id)))
        .where(HeldRemoval.run_id == run.id)
        .order_by(HeldRemoval.item_id)
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    return [
        {stream.key_name: str(row.item_id), "artist": row.artist, "title": row.title, "removed_at": iso(row.removed_at)}
        for row in rows
    ]


def _quarantine(connection: Connection, stream: Stream, run_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(
            QuarantinedItem.place,
            QuarantinedItem.item_id.label(stream.key_name),
            QuarantinedItem.problem,
            QuarantinedItem.raw,
        )
        .where(QuarantinedItem.run_id == run_id)
        .order_by(QuarantinedItem.id)
    )
    return [dict(row._mapping) for row in rows]


def _is_online(active: AnyRow | None, last: AnyRow | None) -> bool:
    """Whether Discogs answered when it was last asked."""
    if active is not None and active.pages_done:
        return True
    return last is not None and not str(last.reason or "").startswith("net.")
