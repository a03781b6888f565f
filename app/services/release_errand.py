"""The releases that a job needs and nobody has read yet: fetched for it at the allowed pace, kept for everybody."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.errors import JobMustWait
from app.services.job_control import JobControl
from app.services.job_stop import JobStop
from app.services.release_cache import FillEnding, FillReport, ReleaseCache
from app.services.sources import SourceState

logger = logging.getLogger(__name__)
# After so many the files of the shop are made again, and other jobs have their turn.
PIECE = 10
TELL_EVERY = 25
WAIT_FOR_OTHER_S = 1.0
UNIT = "records"


@dataclass(frozen=True, slots=True)
class Needed:
    """How many rows there are, and of each release that is to be read how many show it."""

    rows: int
    due: Mapping[int, int]


class ReleaseErrand:
    """Reads what is needed for one job. `name` opens each line of the log: [COLLECTION], [MARKETPLACE], [IMPORT]."""

    def __init__(self, control: JobControl, name: str, asker: SourceState | None) -> None:
        self._control = control
        self._name = name
        self._asker = asker
        self._cache = ReleaseCache()
        self._told = 0
        self._due: Sequence[int] = ()

    def run(self, needed: Needed) -> bool:
        """Read all of it, and tell how far that is. False when there was nobody to ask for.

        Raises what JobControl raises (JobMustWait also when a sync or another job goes first), DiscogsAPIError when
        Discogs does not answer, StorageError.
        """
        ready = needed.rows - sum(needed.due.values())
        self._due = list(needed.due)
        self._control.note(**self._first_facts(needed, ready))
        self._control.begin_with(ready)
        self._tell(ready, needed.rows)
        for wanted in _pieces(self._due):
            if not self._read(wanted):
                return False
            ready += sum(needed.due[release_id] for release_id in wanted)
            self._tell(ready, needed.rows)
            self._control.let_others_go()
        return True

    def _first_facts(self, needed: Needed, ready: int) -> dict[str, int]:
        """What earlier attempts read is no hit: it was asked for by this job."""
        nothing = {"cache_hits": ready, "api_calls": 0, "retries": 0, "failed": 0}
        return {**nothing, **self._control.details, "total": needed.rows}

    def _read(self, wanted: Sequence[int]) -> bool:
        """Read a piece; False when there is nobody to ask for, so that what is kept has to do."""
        report = self._asked(wanted)
        if report.is_in_vain and self._is_well(wanted):
            # It is not Discogs that is out of order, but what it has of these: their rows stay without.
            report = self._asked(wanted, goes_on=True)
        if report.error is not None:
            raise report.error
        return report.ending is not FillEnding.NOBODY

    def _is_well(self, wanted: Sequence[int]) -> bool:
        """Whether Discogs answers about another release: one that it answered about, or one that comes later."""
        later = next((release_id for release_id in reversed(self._due) if release_id not in wanted), None)
        return self._cache.is_answered(later, JobStop(self._control), self._asker)

    def _asked(self, wanted: Sequence[int], *, goes_on: bool = False) -> FillReport:
        while True:
            stop = JobStop(self._control)
            report = self._cache.read(wanted, stop, self._asker, goes_on=goes_on)
            self._count(report)
            if report.ending is FillEnding.BUSY:  # a round of filling, which ends as soon as it sees that we wait
                self._control.wait(WAIT_FOR_OTHER_S)
                continue
            stop.raise_what_was_said()
            if report.ending is FillEnding.YIELDED:
                raise JobMustWait
            return report

    def _count(self, report: FillReport) -> None:
        facts = self._control.details
        failed = report.gone + report.failed
        tried = report.known + failed
        self._control.note(
            api_calls=facts["api_calls"] + report.requests,
            retries=facts["retries"] + max(report.requests - tried, 0),
            failed=facts["failed"] + failed,
        )

    def _tell(self, ready: int, total: int) -> None:
        self._control.progress(ready, total, UNIT)
        if ready // TELL_EVERY > self._told // TELL_EVERY or not self._told or ready == total:
            facts = self._control.details
            hits, calls = facts["cache_hits"], facts["api_calls"]
            logger.info("%s %d/%d (cache hits: %d, API calls: %d)", self._name, ready, total, hits, calls)
        self._told = max(ready, 1)


def _pieces(wanted: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(wanted), PIECE):
        yield wanted[start : start + PIECE]
