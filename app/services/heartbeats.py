"""A dead man's switch: whoever waits for our pings raises the alarm when they stop, or tell of a failure."""

from __future__ import annotations

import logging
import queue
from collections.abc import Sequence

from sqlalchemy import select

from app.core.outcomes import Outcome
from app.errors import OutsideError
from app.extensions import db, wiring
from app.models import Run
from app.models.transactions import read_transaction
from app.services.discogs_connection import StopSignal
from app.services.health_service import GOOD_ENDINGS
from app.services.outbound import send
from config import Settings

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 5.0
# Once more, because a lost ping raises a false alarm; not more often, because the next round brings another one.
TRIES = 2
PAUSE_S = 5.0


class Heartbeats:
    """Tells of scheduled rounds: that one began, and how it ended when the last of its runs has."""

    def __init__(self) -> None:
        self._began: queue.SimpleQueue[tuple[int, ...]] = queue.SimpleQueue()
        self._open: list[tuple[int, ...]] = []

    def round_began(self, run_ids: Sequence[int]) -> None:
        """Remember a round, or what keeps one waiting. Asks nobody."""
        if run_ids:
            self._began.put(tuple(run_ids))

    def look(self, stop: StopSignal) -> float:
        """Ping for what happened since the last look; seconds until the next. Needs an application context."""
        settings = wiring().settings
        while not self._began.empty():
            began = self._began.get()
            if any(set(began) <= set(each) for each in self._open):
                continue  # it is late, and told of already: an hour was too short for it
            self._open.append(began)
            _ping("start", settings, stop)
        for each in list(self._open):
            ending = ending_of(each)
            if ending is not None:
                self._open.remove(each)
                _ping("success" if ending else "failure", settings, stop)
        return LOOK_EVERY_S


def ending_of(run_ids: Sequence[int]) -> bool | None:
    """Whether all these runs ended well; None while one has not ended."""
    with read_transaction(db.engine) as connection:
        found = connection.execute(select(Run.state, Run.outcome).where(Run.id.in_(run_ids))).all()
    if any(run.state != "finished" for run in found):
        return None
    # Runs that are not there any more, after a restore, ended well for nobody.
    return len(found) == len(set(run_ids)) and all(Outcome(run.outcome) in GOOD_ENDINGS for run in found)


def _ping(kind: str, settings: Settings, stop: StopSignal) -> None:
    addresses = {
        "start": settings.heartbeat_start_url,
        "success": settings.heartbeat_success_url,
        "failure": settings.heartbeat_failure_url,
    }
    address = addresses[kind]
    if address is None:
        return
    problem = ""
    for left in reversed(range(TRIES)):
        try:
            answer = send("GET", address, headers={"User-Agent": settings.discogs_user_agent}, stop=stop)
        except OutsideError as error:
            problem = str(error.reason)
        else:
            if answer.status < 400:
                return
            problem = f"HTTP {answer.status}"
        if left and stop.wait(PAUSE_S):
            return
    logger.warning("The %s ping (HEARTBEAT_%s_URL) was not taken: %s", kind, kind.upper(), problem)
