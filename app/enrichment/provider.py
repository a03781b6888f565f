"""What every provider is: one question in, one answer out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import random
from typing import TYPE_CHECKING, Protocol

from app.core.enrichment import Field, Found, Nothing, Question
from app.wire.waiting import Waiter

if TYPE_CHECKING:
    from config import Settings


class Provider(Protocol):
    """Somebody who may know. One for each batch."""

    @property
    def requests(self) -> int:
        """HTTP requests sent so far."""

    def ask(self, question: Question) -> Found | Nothing:
        """What it knows. Raises ProviderError, and Cancelled when told to stop."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How the questions of one batch are asked. Without `is_patient` nothing is tried twice."""

    waiter: Waiter
    user_agent: str
    is_patient: bool = True
    clock: Callable[[], float] = time.monotonic
    random: Callable[[], float] = random
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def _none(_settings: Settings) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class ProviderKind:
    """One provider: what it may know, and how it is had.

    `missing` says which settings it lacks, "" when it is on. `per_day` is how many requests it gets a day; None: as
    many as it takes. `is_outside`: somebody else is asked, over the network. `picture_origins`: below which
    addresses the pictures lie that it tells of.
    """

    name: str
    fields: Mapping[Field, str]  # what is had of it, in words
    missing: Callable[[Settings], str]
    per_day: Callable[[Settings], int | None]
    make: Callable[[Settings, Circumstances], Provider]
    is_outside: bool = True
    picture_origins: Callable[[Settings], tuple[str, ...]] = _none
