"""What a run decides between reading the shop and writing the mirror."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from hashlib import blake2b
from typing import Any

from sqlalchemy import Engine, select

from app.core.fetch import Complete, Fetch, Incomplete
from app.core.guard import EarlierLooks, Limits, vet
from app.core.outcomes import Outcome, Reason
from app.core.plan import Plan, make_plan
from app.core.records import FOR_SALE
from app.discogs.page_walk import PageWalk
from app.models import ListingRow
from app.models.transactions import read_transaction
from app.services.holds import earlier_looks
from app.services.mirror_writer import Ending
from app.services.snapshot_reader import Seller, SnapshotReader
from app.services.sources import SourceState
from config import Settings

logger = logging.getLogger(__name__)
L = ListingRow.__table__.c


def plan_of(engine: Engine, fetch: Fetch, reader: SnapshotReader) -> Plan:
    """What the fetch means for the rows of its source."""
    live = select(L.listing_id, L.status, L.missing_since_run_id).where(
        L.source_id == reader.seller.source_id, L.removed_at.is_(None)
    )
    with read_transaction(engine) as connection:
        rows = connection.execute(live).all()
    return make_plan(
        fetch,
        reader.verdicts,
        rejected=reader.rejected,
        live={row[0] for row in rows},
        judged={row[0] for row in rows if reader.seller.is_owner or row[1] == FOR_SALE},
        missing_before={row[0] for row in rows if row[2] is not None},
        policy=reader.policy,
    )


def held_back(
    engine: Engine, plan: Plan, source: SourceState, seller: Seller, *, run_id: int, settings: Settings
) -> Reason | None:
    """The guard's refusal, unless agreeing snapshots since an interval ago have answered it already."""
    is_new_view = bool(plan.missing) and source.config_digest not in {None, config_digest(seller)}
    interval = timedelta(hours=settings.sync_interval_hours)
    earlier = earlier_looks(engine, run_id, source.id, at_least=interval) if plan.missing else EarlierLooks()
    reason = vet(
        plan,
        Limits(Fraction(str(settings.sync_max_removal_share))),
        config_changed=is_new_view or not source.is_active,
        earlier=earlier,
    )
    if reason is None and (agreed := plan.missing & earlier.agreed):
        logger.warning("Looks an interval apart agree that %d listings are gone; removing them", len(agreed))
    return reason


def ending_of(fetch: Fetch, plan: Plan, held: Reason | None, *, reader: SnapshotReader, walk: PageWalk) -> Ending:
    """How the run ends, and what its source remembers of it."""
    source: dict[str, Any] = {"paused_reason": None, "paused_credential": None, "not_before": None}
    run = {"is_complete": isinstance(fetch, Complete)}
    ending = Ending(Outcome.APPLIED, run=run, source=source, seen=frozenset(reader.seen), distinct=reader.distinct)
    if isinstance(fetch, Incomplete):
        if fetch.reason is Reason.PAGE_SHORT:
            source["hidden_rows"] = fetch.evidence.hidden
        ending = replace(ending, outcome=Outcome.APPLIED_NO_REMOVALS, reason=fetch.reason, detail=fetch.detail)
    else:
        source |= {"last_pages": walk.pages, "hidden_rows": fetch.evidence.hidden}
    if held is not None:
        return replace(ending, outcome=Outcome.HELD, reason=held, detail=held_detail(held, plan), holds=plan.missing)
    if isinstance(fetch, Complete):
        source["config_digest"] = config_digest(reader.seller)
    if plan.waiting:
        ending = replace(ending, detail=f"{len(plan.waiting)} missing listings wait for a second look")
    return ending


def config_digest(seller: Seller) -> str:
    """Who looks at whose listings, and with whose eyes. A change of it makes absences meaningless."""
    seen_by = "owner" if seller.is_owner else "stranger"
    return blake2b(f"{seller.user_id}:{seen_by}".encode(), digest_size=8).hexdigest()


def held_detail(reason: Reason, plan: Plan) -> str:
    """What a held run waits for, in words for its owner."""
    gone = f"{len(plan.missing)} of {plan.live_before} listings would vanish"
    if reason is Reason.GUARD_CONFIG and not plan.missing:
        return "another shop is mirrored already; confirm to show this one instead"
    if reason is Reason.GUARD_CONFIG:
        return f"{gone}: another shop is shown, or other eyes look at it; confirm, or put the settings back"
    return f"{gone}; confirm to remove them, or wait for a second snapshot"
