"""A job that a person at a terminal waits for: done here while no server does jobs, else done there."""

from __future__ import annotations

from typing import Any

from app.core.job_states import ENDED
from app.extensions import wiring
from app.services.discogs_connection import StopSignal
from app.services.jobs_service import LOCK, JobsService
from app.services.sync_control import close_orphans

LOOK_EVERY_S = 1.0


def follow(job_id: str, stop: StopSignal) -> dict[str, Any]:
    """Wait for the end of a job; the job then. With `stop` it is cancelled, and told as that or as cancelling.

    Raises StorageError.
    """
    service, lock = JobsService(), wiring().locks.try_hold(LOCK)
    try:
        if lock is not None:
            close_orphans()  # whoever died at a sync would be waited for for ever
            service.put_back_orphans()
        while (job := service.get(job_id))["state"] not in ENDED:
            if stop.is_set():
                return service.cancel(job_id)
            if lock is None or not service.do_next(stop):
                stop.wait(LOOK_EVERY_S)
        return job
    finally:
        if lock is not None:
            lock.release()
