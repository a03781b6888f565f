"""Which providers there are here, and how they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from app.core.breaker import Breaker
from app.core.enrichment import Wish, wishes
from app.enrichment import PROVIDERS
from app.enrichment.null import NullProvider
from app.enrichment.provider import Circumstances, Provider, ProviderKind
from app.models import EnrichmentProviderRow
from config import Settings

WELL = Breaker()


@dataclass(frozen=True, slots=True)
class Condition:
    """How a provider does: requests of `day`, its breaker, what the last failure was."""

    day: str
    requests: int = 0
    breaker: Breaker = WELL
    problem: str | None = None

    def on(self, now: datetime) -> Condition:
        """The same, of this day: counting begins anew at midnight UTC."""
        today = f"{now:%Y-%m-%d}"
        return self if self.day == today else Condition(today, 0, self.breaker, self.problem)


def switched_on(settings: Settings, kinds: Mapping[str, ProviderKind] = PROVIDERS) -> dict[str, ProviderKind]:
    """The providers that are configured. Discogs' own cover needs no key, and alone it is nothing to begin with."""
    found = {name: kind for name, kind in kinds.items() if not kind.missing(settings)}
    return found if any(kind.is_outside for kind in found.values()) else {}


def picture_origins(settings: Settings) -> tuple[str, ...]:
    """Where pictures may come from that providers tell of; a page may load no others.

    Also those that are off: what they told while they were on is kept and shown.
    """
    return tuple(origin for kind in PROVIDERS.values() for origin in kind.picture_origins(settings))


def wished(settings: Settings) -> tuple[Wish, ...]:
    """What is asked of whom first, here."""
    return wishes(switched_on(settings))


def connect_provider(kind: ProviderKind, settings: Settings, circumstances: Circumstances) -> Provider:
    """The provider; one that knows nothing where it is off."""
    if why := kind.missing(settings):
        return NullProvider(why)
    return kind.make(settings, circumstances)


def conditions(connection: Connection, now: datetime) -> dict[str, Condition]:
    """How each provider does."""
    found = {name: Condition(f"{now:%Y-%m-%d}") for name in PROVIDERS}
    for row in connection.execute(select(EnrichmentProviderRow.__table__)):
        breaker = Breaker(row.failures, row.open_until)
        found[row.provider] = Condition(row.day, row.requests, breaker, row.problem).on(now)
    return found


def why_not(kind: ProviderKind, condition: Condition, settings: Settings, now: datetime) -> str:
    """Why a provider is not asked now; "" when it may be."""
    if why := kind.missing(settings):
        return f"off: {why}"
    if condition.breaker.is_open(now):
        until = condition.breaker.open_until
        return f"left alone until {until:%Y-%m-%d %H:%M} UTC: {condition.problem or 'it does not answer'}"
    per_day = kind.per_day(settings)
    if per_day is not None and condition.on(now).requests >= per_day:
        return f"{per_day} requests were made today"
    return ""


def overview(connection: Connection, settings: Settings, now: datetime) -> list[dict[str, Any]]:
    """Every provider as JSON shows it, also those that are off."""
    known = conditions(connection, now)
    told = []
    for name, kind in PROVIDERS.items():
        condition = known[name]
        is_on = name in switched_on(settings)
        told.append(
            {
                "name": name,
                "fields": {str(field): words for field, words in kind.fields.items()},
                "is_on": is_on,
                "is_asked_now": is_on and not why_not(kind, condition, settings, now),
                "why_not": why_not(kind, condition, settings, now) or ("" if is_on else "off: no other provider is on"),
                "requests_today": condition.requests,
                "requests_a_day": kind.per_day(settings),
                "problem": condition.problem,
            }
        )
    return told
