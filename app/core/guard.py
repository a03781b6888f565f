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


@dataclass(frozen=True, slots=True)
class EarlierLooks:
    """What the complete runs just before this one said of the ids that are missing now.

    `held` waited at the last of them, for `reason`. `agreed` waited at every one of them since an interval ago.
    """

    reason: Reason | None = None
    held: frozenset[int] = frozenset()
    agreed: frozenset[int] = frozenset()


def vet(plan: Plan, limits: Limits, *, config_changed: bool, earlier: EarlierLooks = EarlierLooks()) -> Reason | None:
    """Why the plan's removals must wait for a second look or for a person; None when they may go ahead.

    What earlier looks agree on is settled; only the rest is judged. What was held stays so until then: rows that
    came meanwhile make the share of the missing smaller, not the doubt.
    """
    if config_changed:
        return Reason.GUARD_CONFIG
    doubtful = plan.missing - earlier.agreed
    if not doubtful:
        return None
    live = plan.live_before - len(plan.missing & earlier.agreed)
    if plan.distinct == 0:
        return Reason.GUARD_EMPTY
    if plan.overlap == 0 and live >= DISJOINT_FROM:
        return Reason.GUARD_DISJOINT
    if len(doubtful) > max(Fraction(ALWAYS_ALLOWED), limits.max_removal_share * live):
        return Reason.GUARD_SHRINK
    # A change of eyes is over once the old ones look again.
    return earlier.reason if doubtful & earlier.held and earlier.reason is not Reason.GUARD_CONFIG else None


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
