"""Every source of the mirror, how it is doing, and the collection in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from app.models import Account, CopyRow, Run, Source
from app.models.streams import COLLECTION, STREAMS
from app.services.erased_accounts import IS_SOMEBODY
from app.services.readings import policy_of
from app.services.run_items import run_item, runs_with_sellers
from app.services.run_progress import pace_of, progress_of
from app.services.shop_statistics import iso
from config import Settings

if TYPE_CHECKING:
    from app.extensions import Wiring

C = CopyRow.__table__.c


def source_overview(connection: Connection, wired: Wiring) -> list[dict[str, Any]]:
    """Per source: whose and what it is, its live rows, its last sync, and how far the run at work is; shops first."""
    now = wired.clock()
    active = {row.source_id: row for row in connection.execute(runs_with_sellers().where(Run.state != "finished"))}
    order = list(STREAMS)
    live = {kind: _live(connection, kind) for kind in order}
    newest = select(func.max(Run.id)).where(Run.kind == "sync", Run.state == "finished").group_by(Run.source_id)
    last = aliased(Run)
    query = (
        select(Source.id, Source.kind, Source.is_active, Source.is_public, Account.username, *_told(last))
        .join(Account, Account.id == Source.account_id)
        .outerjoin(last, (last.source_id == Source.id) & last.id.in_(newest))
        .where(IS_SOMEBODY)
        .order_by(Source.id)
    )
    rows = sorted(connection.execute(query), key=lambda row: (order.index(row.kind), row.id))
    return [
        {
            "id": row.id,
            "source": row.kind,
            "seller": row.username,
            "shown": row.is_active,
            "public": row.is_public,
            "things": STREAMS[row.kind].things,
            "policy": str(policy_of(wired.settings, STREAMS[row.kind])),
            "total": live[row.kind].get(row.id, 0),
            "run": run_item(active[row.id]) if row.id in active else None,
            "progress": progress_of(active.get(row.id), now) | pace_of(active.get(row.id), now),
            "last_sync": None
            if row.run_id is None
            else {"run_id": row.run_id, "time": iso(row.finished_at), "outcome": row.outcome, "reason": row.reason},
        }
        for row in rows
    ]


def collection_stats(connection: Connection, settings: Settings) -> dict[str, Any]:
    """The configured user's collection: copies, distinct artists, and how its last sync ended."""
    username = settings.discogs_collection_username
    configured = (
        select(Source.id)
        .join(Account)
        .where(Source.kind == COLLECTION.kind, Account.username_key == (username or "").casefold())
    )
    source_id = connection.scalar(configured)
    if source_id is None:
        return {"total_albums": 0, "total_artists": 0, "last_sync": {"time": None, "status": None}}
    own = select(func.count(), func.count(func.distinct(C.artist)))
    albums, artists = connection.execute(own.where(C.source_id == source_id, C.removed_at.is_(None))).one()
    ended = select(Run.finished_at, Run.outcome).where(Run.kind == "sync", Run.state == "finished")
    last = connection.execute(ended.where(Run.source_id == source_id).order_by(Run.id.desc()).limit(1)).one_or_none()
    last_sync = {"time": iso(last.finished_at), "status": last.outcome} if last else {"time": None, "status": None}
    return {"total_albums": albums, "total_artists": artists, "last_sync": last_sync}


def _live(connection: Connection, kind: str) -> dict[int, int]:
    rows = STREAMS[kind].rows
    query = select(rows.c.source_id, func.count()).where(rows.c.removed_at.is_(None)).group_by(rows.c.source_id)
    return {source_id: count for source_id, count in connection.execute(query)}


def _told(run: Any) -> tuple[Any, ...]:
    return run.id.label("run_id"), run.finished_at, run.outcome, run.reason
