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
from app.core.plan import Plan, Policy, make_plan
from app.discogs.page_walk import PageWalk
from app.models.transactions import read_transaction
from app.services.holds import earlier_looks
from app.services.mirror_writer import Ending
from app.services.snapshot_reader import SnapshotReader
from app.services.sources import SourceState
from app.services.subject import Subject
from config import Settings

logger = logging.getLogger(__name__)


def plan_of(engine: Engine, fetch: Fetch, reader: SnapshotReader) -> Plan:
    """What the fetch means for the rows of its source."""
    stream = reader.reading.stream
    kept = stream.rows.c
    live = select(stream.key, stream.status, kept.missing_since_run_id).where(
        kept.source_id == reader.subject.source_id, kept.removed_at.is_(None)
    )
    names = {adopted.number: number for number, adopted in reader.adopted.items()}
    with read_transaction(engine) as connection:
        rows = [(names.get(key, key), *rest) for key, *rest in connection.execute(live)]
    return make_plan(
        fetch,
        reader.verdicts,
        rejected=reader.rejected,
        live={row[0] for row in rows},
        judged={row[0] for row in rows if reader.subject.is_owner or row[1] == stream.shown_status},
        missing_before={row[0] for row in rows if row[2] is not None},
        policy=reader.policy,
    )


def held_back(
    engine: Engine, plan: Plan, source: SourceState, subject: Subject, *, run_id: int, settings: Settings
) -> Reason | None:
    """The guard's refusal, unless agreeing snapshots since an interval ago have answered it already.

    A shop that is not shown waits for a person only where the settings name it: to show it swaps shops. The shop of
    somebody who logged in is mirrored unseen.
    """
    is_new_view = bool(plan.missing) and source.config_digest not in {None, config_digest(subject)}
    interval = timedelta(hours=settings.sync_interval_hours)
    earlier = earlier_looks(engine, run_id, source.id, at_least=interval) if plan.missing else EarlierLooks()
    reason = vet(
        plan,
        Limits(Fraction(str(settings.sync_max_removal_share))),
        config_changed=is_new_view or not (source.is_active or _is_guest(source, settings)),
        earlier=earlier,
    )
    if reason is None and (agreed := plan.missing & earlier.agreed):
        logger.warning("Looks an interval apart agree that %d rows are gone; removing them", len(agreed))
    return reason


def _is_guest(source: SourceState, settings: Settings) -> bool:
    configured = settings.discogs_seller_username or ""
    return source.sealed_token is not None and source.username.casefold() != configured.casefold()


def ending_of(fetch: Fetch, plan: Plan, held: Reason | None, *, reader: SnapshotReader, walk: PageWalk) -> Ending:
    """How the run ends, and what its source remembers of it."""
    source: dict[str, Any] = {"paused_reason": None, "paused_credential": None, "not_before": None}
    run = {"is_complete": isinstance(fetch, Complete)}
    ending = Ending(
        Outcome.APPLIED,
        run=run,
        source=source,
        seen=frozenset(reader.seen),
        distinct=reader.distinct,
        is_doubtful=reader.doubts,
        adopted=reader.adopted,
    )
    if isinstance(fetch, Incomplete):
        if fetch.reason is Reason.PAGE_SHORT:
            source["hidden_rows"] = fetch.evidence.hidden
        ending = replace(ending, outcome=Outcome.APPLIED_NO_REMOVALS, reason=fetch.reason, detail=fetch.detail)
    else:
        source |= {"last_pages": walk.pages, "hidden_rows": fetch.evidence.hidden}
    things = reader.reading.stream.things
    if held is not None:
        detail = held_detail(held, plan, things)
        return replace(ending, outcome=Outcome.HELD, reason=held, detail=detail, holds=plan.missing)
    if isinstance(fetch, Complete) and reader.policy is Policy.MIRROR:
        source["config_digest"] = config_digest(reader.subject)
    if plan.waiting:
        ending = replace(ending, detail=f"{len(plan.waiting)} missing {things} wait for a second look")
    return ending


def config_digest(subject: Subject) -> str:
    """Who looks at whose rows, and with whose eyes. A change of it makes absences meaningless."""
    seen_by = "owner" if subject.is_owner else "stranger"
    return blake2b(f"{subject.user_id}:{seen_by}".encode(), digest_size=8).hexdigest()


def held_detail(reason: Reason, plan: Plan, things: str) -> str:
    """What a held run waits for, in words for its owner."""
    gone = f"{len(plan.missing)} of {plan.live_before} {things} would vanish"
    if reason is Reason.GUARD_CONFIG and not plan.missing:
        return "another shop is mirrored already; confirm to show this one instead"
    if reason is Reason.GUARD_CONFIG:
        return f"{gone}: another account is mirrored, or other eyes look at it; confirm, or put the settings back"
    return f"{gone}; confirm to remove them, or wait for a second snapshot"
