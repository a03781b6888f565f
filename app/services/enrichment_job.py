"""The job that enriches: one batch, with a report whose numbers balance."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from app.core.enrichment import State
from app.core.query import BadQuery
from app.enrichment import PROVIDERS
from app.errors import Cancelled, NothingEnriches
from app.extensions import db, wiring
from app.models.transactions import read_transaction
from app.services.enrichment_batch import EnrichmentBatch
from app.services.enrichment_providers import switched_on
from app.services.enrichment_store import Item, counts_of
from app.services.job_control import Job, JobControl
from app.services.job_stop import JobStop

logger = logging.getLogger(__name__)
KIND = "enrichment"
UNIT = "albums"
ONLY = ("all", "new")
LARGEST_LIMIT = 1_000_000
WORDS = {State.DONE: "enriched", State.NOTHING: "nothing_found", State.FAILED: "errors"}


def check_parameters(parameters: Mapping[str, Any]) -> None:
    """`limit` (albums; None: all that is due) and `only` ("new": what came with a sync).

    Raises BadQuery, NothingEnriches.
    """
    problems = {name: "is not known here" for name in parameters if name not in {"limit", "only"}}
    limit = parameters.get("limit")
    if limit is not None and not (type(limit) is int and 1 <= limit <= LARGEST_LIMIT):
        problems["limit"] = f"must be a whole number from 1 to {LARGEST_LIMIT}"
    if parameters.get("only", "all") not in ONLY:
        problems["only"] = f"must be one of {', '.join(ONLY)}"
    if problems:
        raise BadQuery(problems)
    settings = wiring().settings
    if not switched_on(settings):
        outside = (kind for kind in PROVIDERS.values() if kind.is_outside)
        raise NothingEnriches([f"{kind.name}: {kind.missing(settings)}" for kind in outside])


def enrich(job: Job, control: JobControl) -> None:
    """Ask for what is due until nothing is, the limit is reached, or nobody answers.

    An attempt after a kill goes on where the last one was: what was asked stands in the queue, and is counted there.
    """
    stop = JobStop(control)
    report = _Report(job, control)
    only_new = job.parameters.get("only") == "new"
    wired = wiring()
    batch = EnrichmentBatch(wired, db.engine, wired.provider_waiter(stop), job.id, only_new=only_new, told=report.add)
    try:
        _run(batch, job, control, report, only_new=only_new)
    except Cancelled:
        report.note()
        stop.raise_what_was_said()
        raise
    report.end(batch.standstills)


def _run(batch: EnrichmentBatch, job: Job, control: JobControl, report: _Report, *, only_new: bool) -> None:
    limit, done = job.parameters.get("limit"), job.done
    if not only_new:
        batch.queue_older()
    left = None if limit is None else max(limit - done, 0)
    due = batch.due()
    control.begin_with(done)
    control.progress(done, done + (due if left is None else min(due, left)), UNIT)
    for about in batch.run(left):
        done += 1
        control.note(current_album=about)
        report.note()
        control.progress(done, max(done, report.total(due, left)), UNIT)
        control.save(done)
        control.let_others_go()


class _Report:
    """What the batch did so far, earlier attempts included: found = enriched + nothing found + errors."""

    def __init__(self, job: Job, control: JobControl) -> None:
        self._control = control
        self._begun_with = job.done
        self._by_field: dict[str, Counter[str]] = {}
        with read_transaction(db.engine) as connection:
            for row in counts_of(connection, job.id):
                self._counter(row.field)[WORDS[State(row.state)]] += row.number
        self.note()

    def add(self, item: Item, state: State, problem: str) -> None:
        """One answer."""
        self._counter(item.field)[WORDS[state]] += 1
        if problem:
            self._control.error(f"{item.kind} {item.key}: {item.field} ({item.provider})", problem)

    def note(self) -> None:
        """Show it with the job."""
        self._control.note(**self.numbers)

    @property
    def numbers(self) -> dict[str, Any]:
        """The report."""
        in_all = sum(self._by_field.values(), Counter[str]())
        return {
            **_balanced(in_all),
            "by_field": {field: _balanced(counts) for field, counts in sorted(self._by_field.items())},
        }

    def total(self, due: int, left: int | None) -> int:
        """How many albums there are to do, as far as anybody knows."""
        return self._begun_with + (due if left is None else min(due, left))

    def end(self, standstills: Mapping[str, str]) -> None:
        """The last word."""
        self._control.note(current_album=None, standstills=dict(standstills), **self.numbers)
        told = self.numbers
        logger.info(
            "Enrichment: %d found, %d enriched, %d nothing found, %d errors",
            *(told[name] for name in ("found", "enriched", "nothing_found", "errors")),
        )

    def _counter(self, field: str) -> Counter[str]:
        return self._by_field.setdefault(field, Counter())


def _balanced(counts: Counter[str]) -> dict[str, int]:
    return {"found": counts.total(), **{word: counts[word] for word in WORDS.values()}}
