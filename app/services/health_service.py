"""What the mirror is fit for; read from the database, so that any process can answer."""

from __future__ import annotations

from shutil import disk_usage
from typing import Any

from sqlalchemy import Connection, Engine, Row

from app.core.outcomes import Outcome
from app.errors import StorageError
from app.extensions import db, wiring
from app.models.damage import DAMAGE
from app.models.database_file import file_of
from app.models.locks import SCHEDULER
from app.models.transactions import read_transaction
from app.models.write_refusals import REFUSALS
from app.services.freshness import Freshness, aged_sources, freshness, is_collection_alone
from app.services.run_items import held_runs
from app.services.schema_version import db_is_at_head
from app.services.shop_state import shop_state
from app.services.shop_statistics import iso, last_sync_of
from app.services.standing_refusals import standing_refusals
from app.services.upkeep_findings import overdue_backup
from app.services.webhook_ledger import position_of, waiting
from config import Settings

# Less than that is no room for the journal of one sync of a big shop.
LEAST_FREE_BYTES = 32_000_000
NOBODY_WORKS = "no worker lives: nothing is synced and no job is done until a process with SERVER_ROLE=worker runs"
DAMAGED = "the database is damaged: `flask --app run doctor` says whether an index or a backup mends it"
GOOD_ENDINGS = frozenset({Outcome.APPLIED, Outcome.APPLIED_NO_REMOVALS, Outcome.HELD})


class HealthService:
    """Fitness and its reasons. Needs an application context."""

    def __init__(self) -> None:
        self._engine = db.engine
        self._wired = wiring()

    def health(self) -> dict[str, Any]:
        """Fitness to answer: `ready` is whether the database can be read at the schema this program was made for.

        It is not ready where the database turned out to be damaged within ten minutes, whatever can still be read.
        Held data is a reason to look. Data that is `late` is one to send somebody, not one to stop serving.
        """
        try:
            with read_transaction(self._engine) as connection:
                return self._health(connection)
        except StorageError as error:
            return _unavailable(f"the database cannot be read ({error.reason})")

    def _health(self, connection: Connection) -> dict[str, Any]:
        if not db_is_at_head(connection):
            return _unavailable(
                "the database has another schema than this version needs: run `flask --app run db upgrade`"
            )
        state = shop_state(connection)
        settings = self._wired.settings
        watched = aged_sources(connection, state.sellers, settings)
        age = freshness(connection, watched, settings, self._wired.clock())
        thing = "collection" if is_collection_alone(state.sellers, settings) else "shop"
        held = len(connection.execute(held_runs()).all())
        reasons = [*_about_room(self._engine), *_about_age(age, thing), *_about_held(held), *_about_last(age.last_sync)]
        reasons += _about_webhook(connection, settings)
        if not self._has_worker(connection):
            reasons.append(NOBODY_WORKS)
        is_damaged = DAMAGE.is_known(self._engine)
        if is_damaged:
            reasons.insert(0, DAMAGED)
        if overdue := overdue_backup(self._engine, settings, self._wired.clock()):
            reasons.append(overdue)
        # Everybody reads this: whose credential it is, the status tells the admin.
        refusals = standing_refusals(connection, self._wired)
        reasons += dict.fromkeys(f"a credential is refused ({each.reason}): {each.advice}" for each in refusals)
        return {
            "status": "unavailable" if is_damaged else "degraded" if reasons else "ok",
            "ready": not is_damaged,
            "late": age.is_stale and age.age_s is not None,
            "reasons": reasons,
            "age_seconds": age.age_s,
            "stale": age.is_stale,
            "last_sync": last_sync_of(age.last_sync),
            "held_runs": held,
        }

    def _has_worker(self, connection: Connection) -> bool:
        """Whether somebody syncs. Who may do so itself is about to, where nobody does."""
        serves_only = self._wired.settings.server_role == "web"
        return not serves_only or self._wired.locks.is_held(SCHEDULER, connection)


def _unavailable(reason: str) -> dict[str, Any]:
    return {"status": "unavailable", "ready": False, "late": False, "reasons": [reason]}


def _about_room(engine: Engine) -> list[str]:
    reasons = []
    if (refusal := REFUSALS.last(engine)) is not None:
        reasons.append(f"the database could not be written ({refusal})")
    file = file_of(engine.url)
    if file is not None and (free := disk_usage(file).free) < LEAST_FREE_BYTES:
        reasons.append(f"the disk of the database is full: {free // 1_000_000} MB left")
    return reasons


def _about_age(age: Freshness, thing: str) -> list[str]:
    if age.age_s is None:
        return [f"no {thing} has been mirrored yet"]
    return [f"the data is {_in_words(age.age_s)} old"] if age.is_stale else []


def _in_words(seconds: int) -> str:
    return f"{seconds // 3600:,} hours" if seconds >= 2 * 3600 else f"{seconds // 60} minutes"


def _about_held(runs: int) -> list[str]:
    return [f"{runs} {'run waits' if runs == 1 else 'runs wait'} for a confirmation"] if runs else []


def _about_webhook(connection: Connection, settings: Settings) -> list[str]:
    if settings.webhook_url is None:
        return []
    position = position_of(connection, settings.webhook_url)
    if position is None or not position.failures:
        return []
    left = waiting(connection, position.delivered_seq)
    return [f"the webhook takes nothing since {iso(position.failing_since)} ({position.problem}): {left} changes wait"]


def _about_last(last: Row[*tuple[Any, ...]] | None) -> list[str]:
    if last is None or last.outcome in GOOD_ENDINGS:
        return []
    return [f"the last sync ended as {last.outcome}" + (f" ({last.reason})" if last.reason else "")]
