"""What the owner of a mirror wants to see first: whether all is well, how old what is, what waits, what is at work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.core.job_states import JobState
from app.extensions import db, wiring
from app.models.transactions import read_transaction
from app.services.discogs_findings import WHAT_TO_DO
from app.services.freshness import confirmed_at, longest_age
from app.services.health_service import GOOD_ENDINGS, NOBODY_WORKS, HealthService
from app.services.jobs_service import JobsService
from app.services.shop_statistics import iso
from app.services.status_service import StatusService

MOST_AT_WORK, MOST_WAITING = 10, 3
SYNC = "Sync now; if that does not end well, the run says why."
HELD = "Look at what would vanish, and say whether it shall."
ROOM = "Make room beside the database: a sync needs some for its journal."
WORKER = "Start a worker: ./start_server.sh with SERVER_ROLE=worker, or docker compose --profile postgres up worker."


def back_room() -> dict[str, Any]:
    """`health`, what to do about it (`advice`), `status`, the held runs with their rows, the `jobs` that go on.

    Of jobs that wait there are but a few, and whether there are more.

    Needs an application context.
    """
    service = StatusService()
    status = service.sync_status()
    health = HealthService().health()
    jobs = JobsService()
    waiting = jobs.newest(state=JobState.QUEUED, limit=MOST_WAITING + 1)
    return {
        "health": health,
        "advice": what_to_do(health),
        "status": status | {"sources": with_ages(status["sources"])},
        "held": [service.run(run["id"]) for run in status["held_runs"]],
        "jobs": jobs.newest(state=JobState.RUNNING, limit=MOST_AT_WORK) + waiting[:MOST_WAITING],
        "are_more_jobs": len(waiting) > MOST_WAITING,
    }


def what_to_do(health: Mapping[str, Any]) -> list[str]:
    """What a person can do about a mirror that is not well."""
    advice = [HELD] if health.get("held_runs") else []
    last = health.get("last_sync")
    if last and last["outcome"] not in GOOD_ENDINGS:
        known = WHAT_TO_DO.get(str(last["reason"] or "").partition(".")[0], SYNC)
        advice.append(known[0].upper() + known[1:].rstrip(".") + ".")
    elif health.get("stale"):
        advice.append(SYNC)
    if any("disk" in reason or "written" in reason for reason in health["reasons"]):
        advice.append(ROOM)
    if NOBODY_WORKS in health["reasons"]:
        advice.append(WORKER)
    return advice


def with_ages(sources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with when it was last seen whole, and whether that is too long ago to be shown as current."""
    wired = wiring()
    with read_transaction(db.engine) as connection:
        confirmed = confirmed_at(connection, [source["id"] for source in sources])
    now, longest = wired.clock(), longest_age(wired.settings)
    return [
        source
        | {"confirmed_at": iso(seen := confirmed.get(source["id"]))}
        | {"age_seconds": None if seen is None else int(max(now - seen, timedelta(0)).total_seconds())}
        | {"is_stale": seen is None or now - seen > longest}
        for source in sources
    ]
