"""What a fetch is worth. Two types, never a bare list: only `Complete` may lead to a removal."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.outcomes import Reason


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen while reading. `unaccounted` counts rows announced or delivered that have no usable id."""

    pages: int = 0
    announced: int = 0
    hidden: int = 0
    unidentified: int = 0

    @property
    def unaccounted(self) -> int:
        return self.hidden + self.unidentified


@dataclass(frozen=True, slots=True)
class Complete:
    """Every page answered, nothing moved, and the counts agree. `items` are the distinct ids Discogs showed."""

    items: frozenset[int]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Something is missing, or might be. Additions and updates may be kept; nothing may be removed."""

    reason: Reason
    items: frozenset[int]
    evidence: Evidence
    detail: str = ""


Fetch = Complete | Incomplete
