"""The plan: what a fetch means for the mirror, decided before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from app.core.fetch import Complete, Fetch
from app.core.outcomes import RemovalReason

PROBES_PER_RUN = 20


class Policy(StrEnum):
    """What a source's runs may do: everything, or only ever add."""

    MIRROR = "mirror"
    ADD_ONLY = "add_only"


class Verdict(StrEnum):
    """What one fetched item means for the mirror."""

    ADD = "add"
    UPDATE = "update"
    RESTORE = "restore"
    UNCHANGED = "unchanged"


class Stored(NamedTuple):
    """What the mirror knows of one listing when the plan is made."""

    fingerprint: bytes
    is_removed: bool
    is_foreign: bool  # the row belongs to another source


def judge(fingerprint: bytes, stored: Stored | None, policy: Policy) -> Verdict:
    """Decide about one item that Discogs showed."""
    if stored is None:
        return Verdict.ADD
    if stored.is_foreign:
        return Verdict.ADD if policy is Policy.MIRROR else Verdict.UNCHANGED
    if stored.is_removed:
        return Verdict.RESTORE
    if stored.fingerprint == fingerprint or policy is Policy.ADD_ONLY:
        return Verdict.UNCHANGED
    return Verdict.UPDATE


@dataclass(frozen=True, slots=True)
class Plan:
    """A run's decisions. `missing` are the live ids absent from a complete fetch; none are removed yet."""

    added: int
    updated: int
    restored: int
    unchanged: int
    rejected: int
    live_before: int
    overlap: int  # live ids that the fetch showed again
    missing: frozenset[int] = frozenset()
    missing_before: frozenset[int] = frozenset()  # of these, absent from the previous complete fetch as well
    removals: Mapping[int, RemovalReason] = field(default_factory=dict)

    @property
    def distinct(self) -> int:
        return self.added + self.updated + self.restored + self.unchanged + self.rejected

    @property
    def live_after(self) -> int:
        return self.live_before + self.added + self.restored - len(self.removals)

    @property
    def waiting(self) -> frozenset[int]:
        """Missing ids whose absence is not confirmed: they stay live until the next look."""
        return self.missing - self.removals.keys()


def make_plan(
    fetch: Fetch,
    verdicts: Mapping[Verdict, int],
    *,
    rejected: int,
    live: Collection[int],
    judged: Collection[int],
    missing_before: Collection[int],
    policy: Policy,
) -> Plan:
    """Put the verdicts and the absences together. Only a complete fetch of a mirrored source has absences.

    `judged` are the live ids whose absence means something: a stranger is shown nothing but what is for sale.
    """
    absent = frozenset(number for number in judged if number not in fetch.items)
    may_remove = isinstance(fetch, Complete) and policy is Policy.MIRROR
    return Plan(
        added=verdicts.get(Verdict.ADD, 0),
        updated=verdicts.get(Verdict.UPDATE, 0),
        restored=verdicts.get(Verdict.RESTORE, 0),
        unchanged=verdicts.get(Verdict.UNCHANGED, 0),
        rejected=rejected,
        live_before=len(live),
        overlap=sum(number in fetch.items for number in live),
        missing=absent if may_remove else frozenset(),
        missing_before=absent & frozenset(missing_before) if may_remove else frozenset(),
    )


def to_probe(plan: Plan, limit: int = PROBES_PER_RUN) -> list[int]:
    """Whose absence to ask Discogs about, one by one: those seen missing for the first time come first.

    The others would be confirmed by the second snapshot anyway; asking about them still finds the reason.
    """
    first_time = sorted(plan.missing - plan.missing_before)
    return [*first_time, *sorted(plan.missing_before)][:limit]


def with_confirmed(
    plan: Plan,
    probed: Mapping[int, RemovalReason | None],
    *,
    last_known: Mapping[int, RemovalReason],
    trusts_second_snapshot: bool,
) -> Plan:
    """The plan with the removals whose absence is confirmed (rule R4).

    `probed` maps an id to the reason Discogs gave, or to None when it is still for sale; ids on which Discogs had no
    word are not in it. `last_known` maps an id to what its last status said. A second complete snapshot confirms the
    rest, unless rows without an id were about.
    """
    removals = {number: reason for number, reason in probed.items() if reason is not None}
    if trusts_second_snapshot:
        for number in plan.missing_before - probed.keys():
            removals[number] = last_known.get(number, RemovalReason.UNKNOWN)
    return replace(plan, removals=removals)
