"""The guard: what may refuse a plan's removals before a single one is confirmed (rule R5)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from app.core.outcomes import Reason
from app.core.plan import Plan

ALWAYS_ALLOWED = 20
DISJOINT_FROM = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_removal_share` of the live rows may vanish in one run; up to 20 always may."""

    max_removal_share: Fraction


def vet(plan: Plan, limits: Limits, *, config_changed: bool) -> Reason | None:
    """Why the plan's removals must wait for a second look or for a person; None when they may go ahead."""
    if config_changed:
        return Reason.GUARD_CONFIG
    if not plan.missing:
        return None
    if plan.distinct == 0:
        return Reason.GUARD_EMPTY
    if plan.overlap == 0 and plan.live_before >= DISJOINT_FROM:
        return Reason.GUARD_DISJOINT
    allowed = max(Fraction(ALWAYS_ALLOWED), limits.max_removal_share * plan.live_before)
    if len(plan.missing) > allowed:
        return Reason.GUARD_SHRINK
    return None


def balance(plan: Plan, *, distinct: int, live_after: int) -> str | None:
    """The equation that does not hold, in words; None when the run's ledger balances (rule of the data 4)."""
    if plan.distinct != distinct:
        return (
            f"added {plan.added} + updated {plan.updated} + restored {plan.restored} + unchanged {plan.unchanged}"
            f" + rejected {plan.rejected} ≠ {distinct} distinct items"
        )
    if plan.live_after != live_after:
        return (
            f"live before {plan.live_before} + added {plan.added} + restored {plan.restored}"
            f" − removed {len(plan.removals)} ≠ {live_after} live after"
        )
    return None
