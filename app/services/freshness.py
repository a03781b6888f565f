"""How old the data is: counted from the last run that saw the whole shop, never from one that merely ran."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, true

from app.core.outcomes import Outcome, Reason
from app.models import Account, Run, Source
from app.models.streams import COLLECTION
from config import Settings

# Discogs' terms: nothing may be shown as current that is older.
LONGEST_CURRENT = timedelta(hours=6)
GRACE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Freshness:
    """`confirmed_at` is when the reading of the last whole picture began; None when there was none yet.

    `partial` says why even that picture had not the whole shop.
    """

    confirmed_at: datetime | None
    age_s: int | None
    is_stale: bool
    last_sync: Row[*tuple[Any, ...]] | None
    partial: str | None


def freshness(connection: Connection, sources: Collection[int], settings: Settings, now: datetime) -> Freshness:
    """The age of what these sources show; of several, the oldest counts."""
    last_sync = connection.execute(_finished(sources).limit(1)).one_or_none()
    newest = {
        row.source_id: row
        for row in connection.execute(
            select(Run.source_id, Run.started_at, Run.reason).where(
                Run.id.in_(select(func.max(Run.id)).where(_confirming(sources)).group_by(Run.source_id))
            )
        )
    }
    if not sources or any(source not in newest for source in sources):
        return Freshness(None, None, True, last_sync, _partial(newest.values()))
    confirmed_at = min(row.started_at for row in newest.values())
    age = max(now - confirmed_at, timedelta(0))
    return Freshness(
        confirmed_at,
        int(age.total_seconds()),
        age > longest_age(settings),
        last_sync,
        _partial(newest.values()),
    )


def confirmed_at(connection: Connection, sources: Collection[int]) -> dict[int, datetime]:
    """When the reading of the last whole picture of each source began; without those that had none."""
    newest = select(func.max(Run.id)).where(_confirming(sources)).group_by(Run.source_id)
    rows = connection.execute(select(Run.source_id, Run.started_at).where(Run.id.in_(newest)))
    return {row.source_id: row.started_at for row in rows}


def is_collection_alone(sellers: Collection[int], settings: Settings) -> bool:
    """Whether a collection is all that this mirror is for: nobody's shop is shown, and none is named."""
    return not sellers and not settings.discogs_seller_username and settings.discogs_collection_username is not None


def aged_sources(connection: Connection, sellers: Collection[int], settings: Settings) -> Collection[int]:
    """The sources whose age is that of the whole mirror: the shops, or the collection where there is nothing else."""
    if not is_collection_alone(sellers, settings):
        return sellers
    own = Account.username_key == str(settings.discogs_collection_username).casefold()
    mine = select(Source.id).join(Account, Account.id == Source.account_id).where(own, Source.kind == COLLECTION.kind)
    return list(connection.scalars(mine.where(Source.is_active)))


def longest_age(settings: Settings) -> timedelta:
    """From which age on the data no longer counts as current."""
    missed_twice = 2 * timedelta(hours=settings.sync_interval_hours) + GRACE
    return min(LONGEST_CURRENT, missed_twice) if settings.enable_auto_sync else LONGEST_CURRENT


def _finished(sources: Collection[int]) -> Any:
    return (
        select(Run.id, Run.finished_at, Run.outcome, Run.reason, Run.detail)
        .where(Run.source_id.in_(sorted(sources)), Run.kind == "sync", Run.state == "finished")
        .order_by(Run.id.desc())
    )


def _confirming(sources: Collection[int]) -> Any:
    """Runs that read all that Discogs shows: the 10,000 rows of a foreign shop are all it shows of it.

    One that only adds leaves what it finds changed or gone, so it confirms nothing but its own rows: those of a source
    that had none before.
    """
    saw_everything = or_(
        Run.outcome == Outcome.APPLIED,
        and_(Run.outcome == Outcome.APPLIED_NO_REMOVALS, Run.reason == Reason.PAGE_CAP),
    )
    took_everything = or_(Run.adds_only.is_not(true()), Run.live_before == 0)
    is_sync = and_(Run.source_id.in_(sorted(sources)), Run.kind == "sync", Run.started_at.is_not(None))
    return and_(is_sync, saw_everything, took_everything)


def _partial(runs: Iterable[Row[*tuple[Any, ...]]]) -> str | None:
    if any(run.reason == Reason.PAGE_CAP for run in runs):
        return "Discogs shows strangers only the first 10,000 listings of this shop"
    return None
