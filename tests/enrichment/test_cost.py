"""What enrichment costs: the sync next to nothing, the providers one request for each item and field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from app.extensions import db
from tests.enrichment.conftest import EnrichedMirror, balances, change_settings

COPIES = 236


@pytest.fixture
def copies() -> int:
    return COPIES


@contextmanager
def statements() -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_the_queue_costs_the_sync_one_statement_and_no_request(mirror: EnrichedMirror) -> None:
    with statements() as found:
        mirror.sync()
    assert sum("enrichments" in statement for statement in found) == 1
    assert not mirror.providers.asked()
    assert not any("enrichments" in statement for statement in sync_again(mirror)), "nothing came, nothing is queued"


def sync_again(mirror: EnrichedMirror) -> list[str]:
    mirror.clock.advance(hours=1)
    with statements() as found:
        mirror.sync()
    return found


# As many as other systems spoke of; PostgreSQL is asked the same of fewer elsewhere.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_collection_is_enriched_with_one_request_for_each_item_and_field(mirror: EnrichedMirror) -> None:
    change_settings(ai_daily_limit=10_000)
    mirror.sync()
    told = mirror.enrich()
    assert balances(told)
    assert told["errors"] == 0
    releases = {copy.release.id for copy in mirror.fake.world.copies.values()}
    assert told["by_field"]["description"]["enriched"] == len(releases) == told["current"]
    asked = Counter(mirror.asked("/spotify"))
    assert sum(asked.values()) == len(mirror.rows(provider="spotify"))
    assert len(mirror.providers.chat.heard) == len(mirror.rows(provider="ai"))
