"""A provider that is down, for hours, or slow, and one whose day is over: what it costs."""

from __future__ import annotations

from datetime import timedelta

from app.core.breaker import Breaker
from app.core.enrichment import Field, State
from app.services.enrichment_service import EnrichmentService
from scripts.fake_discogs import Fault
from tests.conftest import FakeClock
from tests.enrichment.conftest import EnrichedMirror, balances, change_settings

CHAT = "/ai/v1/chat/completions"
HOURS = 6


def test_a_provider_that_is_down_for_hours_costs_its_probes(mirrored: EnrichedMirror) -> None:
    mirrored.providers.faults.add(Fault("status", CHAT, status=503))
    ends_at = mirrored.clock.now + timedelta(hours=HOURS)
    errors = []
    while mirrored.clock.now < ends_at:
        if EnrichmentService().start_if_due():
            mirrored.work()
            told = EnrichmentService().progress()
            assert balances(told)
            errors += told["job"]["errors"]
        mirrored.clock.advance(minutes=10)
    sent = mirrored.providers.asked(CHAT)
    # 3 tries of the first item, 1 of two more, then a probe after 5, 10, 20, 40 minutes and each hour.
    assert len(sent) <= 3 + 2 + 4 + HOURS
    assert len(errors) <= 2 + 1 + 4 + HOURS
    assert {row.state for row in mirrored.rows(field=Field.SPOTIFY_URL)} == {State.DONE}, "the others go on"
    mirrored.providers.faults.clear()
    mirrored.clock.advance(days=2)
    assert EnrichmentService().start_if_due()
    mirrored.work()
    assert {row.state for row in mirrored.rows(field=Field.DESCRIPTION)} == {State.DONE}
    assert mirrored.provider("ai").failures == 0


def test_a_day_has_so_many_requests_and_the_next_day_as_many(mirrored: EnrichedMirror) -> None:
    change_settings(ai_daily_limit=4)
    told = mirrored.enrich()
    assert told["by_field"]["description"]["found"] == 4 == len(mirrored.providers.chat.heard)
    assert told["standstills"] == {"ai": "4 requests were made today"}
    assert mirrored.enrich()["found"] == 0
    mirrored.clock.advance(days=1)
    assert mirrored.enrich()["by_field"]["description"]["found"] == 4


def test_what_is_asked_is_counted(mirrored: EnrichedMirror) -> None:
    mirrored.enrich()
    assert mirrored.provider("ai").requests == len(mirrored.providers.asked(CHAT))
    assert mirrored.provider("spotify").requests == len(mirrored.providers.asked("/spotify")) + len(
        mirrored.providers.asked("/accounts")
    )


def test_a_batch_waits_for_the_pace_of_each(mirrored: EnrichedMirror) -> None:
    change_settings(ai_rate_limit=60)
    began = mirrored.time()
    mirrored.enrich()
    assert mirrored.time() - began >= len(mirrored.providers.chat.heard) - 1


def test_a_breaker_opens_for_longer_each_time(clock: FakeClock) -> None:
    breaker, pauses = Breaker(), []
    for _ in range(8):
        breaker = breaker.after_failure(clock.now)
        pauses.append(0 if breaker.open_until is None else (breaker.open_until - clock.now) // timedelta(minutes=1))
    assert pauses == [0, 0, 5, 10, 20, 40, 60, 60]
    assert breaker.after_success() == Breaker()
    assert breaker.refused(clock.now).is_open(clock.now)
    assert not Breaker().throttled(clock.now, 30).is_open(clock.now + timedelta(seconds=31))
