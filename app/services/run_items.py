"""Runs as the faces show them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select, true
from sqlalchemy.orm import aliased

from app.core.outcomes import Outcome
from app.models import Account, HeldRemoval, Run, Source
from app.services.shop_statistics import iso

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
TIMES = ("queued_at", "started_at", "heartbeat_at", "finished_at", "dismissed_at")

AnyRow = Row[*tuple[Any, ...]]


def run_item(row: AnyRow) -> dict[str, Any]:
    """A run as JSON shows it."""
    return (
        {name: getattr(row, name) for name in (*FACTS, *OTHER_RUNS, "source", "seller")}
        | {name: iso(getattr(row, name)) for name in TIMES}
        | {"counts": {name: getattr(row, name) for name in COUNTS}, "held_removals": row.held_removals}
        | {"limit": row.item_limit, "force_full": row.is_forced, "adds_only": bool(row.adds_only)}
        | {"waiting_for": row.waiting_for, "latest_item": row.latest_item}
    )


def runs_with_sellers() -> Any:
    """All runs with whose and what they are of, the newest first."""
    held = select(func.count()).select_from(HeldRemoval.__table__).where(HeldRemoval.run_id == Run.id).scalar_subquery()
    return (
        select(
            *Run.__table__.c, Account.username.label("seller"), Source.kind.label("source"), held.label("held_removals")
        )
        .join(Source, Source.id == Run.source_id)
        .join(Account, Account.id == Source.account_id)
        .order_by(Run.id.desc())
    )


def held_runs() -> Any:
    """Runs that wait for a person: held, not dismissed, and nothing was applied since."""
    return runs_with_sellers().where(Run.outcome == Outcome.HELD, Run.dismissed_at.is_(None), ~applied_since().exists())


def applied_since() -> Any:
    """The runs by which the plan of a held run, the `Run` of the query around, is out of date.

    One that only adds is none of them, unless it added or saw more than the held run did: what is held may be back.
    """
    later = aliased(Run)
    seen_then = Run.added + Run.updated + Run.restored + Run.unchanged
    found_more = (later.added + later.restored > 0) | (later.unchanged > seen_then)
    return select(later.id).where(
        later.source_id == Run.source_id,
        later.id > Run.id,
        later.data_digest.is_not(None),
        later.adds_only.is_not(true()) | found_more,
    )
