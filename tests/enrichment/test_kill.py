"""A worker that is killed at any statement: the next one goes on, the report balances, nothing is asked twice."""

from __future__ import annotations

from collections import Counter
from itertools import count

import pytest
from flask import Flask

from app.extensions import wiring
from app.services.enrichment_service import EnrichmentService
from app.services.jobs_service import JobsService
from config import Settings
from tests.crash.harness import in_app, killed_at_statement
from tests.enrichment.conftest import EnrichedMirror, balances

STEP = 9  # of the statements of a batch; every one of them would take minutes


@pytest.fixture
def copies() -> int:
    return 3


def work() -> None:
    """What a server does first when it starts."""
    wiring().settings = wiring().settings.replace(spotify_rate_limit=100_000, ai_rate_limit=100_000)
    JobsService().put_back_orphans()
    if EnrichmentService().progress()["status"] not in {"queued", "running"}:
        EnrichmentService().start()  # killed five times, a job is given up
    while JobsService().do_next(_Never()):  # type: ignore[arg-type]
        pass


class _Never:
    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return False


def test_a_killed_batch_goes_on_and_pays_for_nothing_twice(mirrored: EnrichedMirror, settings: Settings) -> None:
    EnrichmentService().start()
    for at in count(5, STEP):
        if not killed_at_statement(settings, work, at):
            break
    told = in_app(settings, _finished)
    assert told["status"] == "completed"
    assert balances(told)
    asked = Counter(
        f"{record.path} {record.query} {record.headers.get('content-length')}"
        for record in mirrored.providers.asked("/spotify")
    )
    assert max(asked.values()) == 1
    heard = [body["messages"][-1]["content"] for body in mirrored.providers.chat.heard]
    assert len(heard) == len(set(heard))


def _finished(_app: Flask) -> dict[str, object]:
    work()
    return EnrichmentService().progress()
