"""What the mirror is doing and did; read from the database, so that any process can answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.orm import aliased

from app.core.outcomes import Outcome
from app.errors import RunNotFound
from app.extensions import db, wiring
from app.models import Account, HeldRemoval, ListingRow, QuarantinedItem, Run, Source
from app.models.transactions import read_transaction
from app.services.shop_statistics import iso
from app.services.standing_refusals import standing_refusals

COUNTS = (
    "added",
    "updated",
    "restored",
    "unchanged",
    "rejected",
    "removed",
    "missing",
    "live_before",
    "live_after",
    "requests",
    "probes",
    "pages_done",
    "pages_total",
    "items_done",
    "items_total",
)
FACTS = ("id", "kind", "trigger", "state", "outcome", "reason", "detail", "is_complete", "view")
OTHER_RUNS = ("confirms_run_id", "undoes_run_id")
TIMES = ("queued_at", "started_at", "heartbeat_at", "finished_at")
MOST_HELD_SHOWN = 1000

AnyRow = Row[*tuple[Any, ...]]


class StatusService:
    """Reads runs and their state. Needs an application context."""

    def __init__(self) -> None:
        self._engine = db.engine
        self._wired = wiring()

    def sync_status(self) -> dict[str, Any]:
        """The present run or the last one, what waits for a person, and the pace we keep with Discogs."""
        with read_transaction(self._engine) as connection:
            active = connection.execute(_active()).first()
            last = connection.execute(_runs().where(Run.state == "finished", Run.kind == "sync")).first()
            held = connection.execute(held_runs()).all()
            refused = standing_refusals(connection, self._wired)
        return {
            "sync_status": self._progress(active),
            "collection_stats": {
                "total_albums": 0,
                "total_artists": 0,
                "last_sync": {"time": None, "status": None},
            },
            "client_online": _is_online(active, last),
            "run": None if active is None else run_item(active),
            "last_run": None if last is None else run_item(last),
            "held_runs": [run_item(row) for row in held],
            "refused": [each._asdict() for each in refused],
            "waiting_for": None if active is None else active.waiting_for,
            "rate": self._rate(),
        }

    def runs(self, limit: int) -> list[dict[str, Any]]:
        """The newest runs first."""
        with read_transaction(self._engine) as connection:
            return [run_item(row) for row in connection.execute(_runs().limit(limit))]

    def run(self, run_id: int) -> dict[str, Any]:
        """One run with the listings it holds back and the items it could not read. Raises RunNotFound."""
        with read_transaction(self._engine) as connection:
            row = connection.execute(_runs().where(Run.id == run_id)).one_or_none()
            if row is None:
                raise RunNotFound(run_id)
            return run_item(row) | {
                "held": _held_listings(connection, run_id),
                "quarantine": _quarantine(connection, run_id),
            }

    def active_run(self) -> dict[str, Any] | None:
        """The run that is queued or at work."""
        with read_transaction(self._engine) as connection:
            row = connection.execute(_active()).first()
        return None if row is None else run_item(row)

    def _progress(self, run: AnyRow | None) -> dict[str, Any]:
        if run is None:
            return _progress_item("idle", 0, None, 0.0, None)
        status = "cancelling" if run.cancel_requested_at is not None else str(run.state)
        total = run.items_total
        percent = round(min(100.0, 100 * run.items_done / total), 1) if total else 0.0
        return _progress_item(status, run.items_done, total, percent, self._estimate(run))

    def _estimate(self, run: Any) -> datetime | None:
        """When the run will have read everything if it goes on as it went."""
        if not (run.items_total and run.items_done and run.started_at):
            return None
        now: datetime = self._wired.clock()
        left = max(int(run.items_total) - int(run.items_done), 0)
        elapsed: timedelta = max(now - run.started_at, timedelta(0))
        return now + elapsed * (int(left) / int(run.items_done))

    def _rate(self) -> dict[str, Any]:
        pace = self._wired.throttle.snapshot()
        return {
            "limit": pace.limit,
            "used": pace.used,
            "remaining": pace.remaining,
            "waiting_seconds": round(pace.waiting_s, 1),
        }


def run_item(row: AnyRow) -> dict[str, Any]:
    """A run as JSON shows it."""
    return (
        {name: getattr(row, name) for name in (*FACTS, *OTHER_RUNS, "seller")}
        | {name: iso(getattr(row, name)) for name in TIMES}
        | {"counts": {name: getattr(row, name) for name in COUNTS}, "held_removals": row.held_removals}
        | {"limit": row.item_limit, "force_full": row.is_forced, "waiting_for": row.waiting_for}
    )


def _runs() -> Any:
    held = select(func.count()).select_from(HeldRemoval.__table__).where(HeldRemoval.run_id == Run.id).scalar_subquery()
    return (
        select(*Run.__table__.c, Account.username.label("seller"), held.label("held_removals"))
        .join(Source, Source.id == Run.source_id)
        .join(Account, Account.id == Source.account_id)
        .order_by(Run.id.desc())
    )


def held_runs() -> Any:
    """Runs that wait for a person: held, and nothing was applied since."""
    later = aliased(Run)
    applied_since = (
        select(later.id)
        .where(later.source_id == Run.source_id, later.id > Run.id, later.data_digest.is_not(None))
        .exists()
    )
    return _runs().where(Run.outcome == Outcome.HELD, ~applied_since)


def _active() -> Any:
    """The run at work, else the one that waits longest."""
    return _runs().where(Run.state != "finished").order_by(None).order_by(Run.state.desc(), Run.id)


def _held_listings(connection: Connection, run_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(HeldRemoval.listing_id, ListingRow.artist, ListingRow.title, ListingRow.removed_at)
        .outerjoin(ListingRow, ListingRow.listing_id == HeldRemoval.listing_id)
        .where(HeldRemoval.run_id == run_id)
        .order_by(HeldRemoval.listing_id)
        .limit(MOST_HELD_SHOWN)
    )
    return [
        {"listing_id": str(row.listing_id), "artist": row.artist, "title": row.title, "removed_at": iso(row.removed_at)}
        for row in rows
    ]


def _quarantine(connection: Connection, run_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(QuarantinedItem.place, QuarantinedItem.listing_id, QuarantinedItem.problem, QuarantinedItem.raw)
        .where(QuarantinedItem.run_id == run_id)
        .order_by(QuarantinedItem.id)
    )
    return [dict(row._mapping) for row in rows]


def _is_online(active: AnyRow | None, last: AnyRow | None) -> bool:
    """Whether Discogs answered when it was last asked."""
    if active is not None and active.pages_done:
        return True
    return last is not None and not str(last.reason or "").startswith("net.")


def _progress_item(
    status: str, done: int, total: int | None, percent: float, ready_at: datetime | None
) -> dict[str, Any]:
    return {
        "status": status,
        "progress_percent": percent,
        "processed_items": done,
        "total_items": total or 0,
        "estimated_completion": iso(ready_at),
    }
