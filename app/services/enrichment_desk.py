"""The providers of one batch: who may be asked now, how often it was, and how it does. Kept in the database, so that
a new batch, or another process, goes on as patiently as this one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from app.core.enrichment import Found, Nothing, Question, Wish, wishes
from app.enrichment.provider import Circumstances, Provider
from app.errors import ProviderAnswerUnfit, ProviderError, ProviderKeyRefused, ProviderThrottled
from app.extensions import Wiring
from app.models.transactions import read_transaction
from app.services.enrichment_providers import Condition, conditions, switched_on, why_not
from app.services.enrichment_store import note_condition
from app.wire.retry import RATE_WINDOW_S
from app.wire.waiting import Waiter


class ProviderDesk:
    """Who is asked by one batch."""

    def __init__(self, wired: Wiring, engine: Engine, waiter: Waiter) -> None:
        self._wired = wired
        self._kinds = switched_on(wired.settings)
        self._waiter = waiter
        self._providers: dict[str, Provider] = {}
        self._counted: dict[str, int] = {}
        with read_transaction(engine) as connection:
            self._conditions = conditions(connection, wired.clock())

    @property
    def names(self) -> Collection[str]:
        """The providers that are on."""
        return self._kinds

    @property
    def wished(self) -> tuple[Wish, ...]:
        """What is asked of whom first."""
        return wishes(self._kinds)

    def askable(self, now: datetime) -> frozenset[str]:
        """Those that may be asked now."""
        return frozenset(self._kinds) - frozenset(self.standstills(now))

    def standstills(self, now: datetime) -> dict[str, str]:
        """Those that may not, and why."""
        told = {
            name: why_not(kind, self._conditions[name], self._wired.settings, now) for name, kind in self._kinds.items()
        }
        return {name: why for name, why in told.items() if why}

    def is_outside(self, name: str) -> bool:
        """Whether somebody is asked over the network."""
        return self._kinds[name].is_outside

    def ask(self, name: str, question: Question) -> Found | Nothing:
        """What a provider knows. Raises ProviderError, Cancelled."""
        return self._provider(name).ask(question)

    def sent(self, name: str) -> int:
        """Requests sent to it so far by this batch."""
        return self._provider(name).requests

    def count(self, connection: Connection, name: str, now: datetime) -> None:
        """A request is about to be sent: it is counted before, so that a killed process cannot send it for nothing."""
        condition = self._conditions[name].on(now)
        self._counted[name] = self.sent(name) + 1
        self._note(connection, name, replace(condition, requests=condition.requests + 1))

    def learn(self, connection: Connection, name: str, error: ProviderError | None, now: datetime) -> None:
        """What an answer, or none, says of the provider."""
        if not self._kinds[name].is_outside:
            return
        before = self._conditions[name].on(now)
        uncounted = self.sent(name) - self._counted.get(name, 0)
        requests = max(before.requests + uncounted, 0)
        breaker = before.breaker
        match error:
            case None | ProviderAnswerUnfit():
                breaker = breaker.after_success()
            case ProviderKeyRefused():
                breaker = breaker.refused(now)
            case ProviderThrottled():
                breaker = breaker.throttled(now, error.retry_after or RATE_WINDOW_S)
            case _:
                breaker = breaker.after_failure(now)
        problem = None if error is None or isinstance(error, ProviderAnswerUnfit) else str(error)
        condition = replace(before, requests=requests, breaker=breaker, problem=problem)
        self._counted[name] = self.sent(name)
        if condition != before:
            self._note(connection, name, condition)

    def _note(self, connection: Connection, name: str, condition: Condition) -> None:
        self._conditions[name] = condition
        note_condition(connection, name, condition)

    def _provider(self, name: str) -> Provider:
        if name not in self._providers:
            is_patient = not self._conditions[name].breaker.is_on_probation
            circumstances = Circumstances(self._waiter, self._wired.settings.discogs_user_agent, is_patient=is_patient)
            self._providers[name] = self._wired.connect_provider(self._kinds[name], self._wired.settings, circumstances)
        return self._providers[name]
