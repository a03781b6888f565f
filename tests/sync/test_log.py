"""The log of a sync, which people and scripts read: its lines, with true numbers, in order."""

from __future__ import annotations

import logging

import pytest

from app.core.outcomes import Reason
from app.errors import DiscogsResponseError
from app.services.status_service import StatusService
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop


def told(caplog: pytest.LogCaptureFixture, level: int = logging.DEBUG) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= level]


def test_a_first_sync(mirror: Mirror, shop: MemoryShop, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        mirror.sync()
    lines = told(caplog)
    assert told(caplog, logging.INFO) == [
        "Starting sync for seller: example_seller",
        "Total listings fetched: 538",
        "Sync completed: 538 added, 0 updated, 0 removed",
    ]
    assert lines[1:3] == ["Fetching page 1...", "Page 1: 100 listings (Total: 100)"]
    assert lines[3:5] == ["Fetching page 6...", "Page 6: 38 listings (Total: 138)"]
    assert sum(line.startswith("Fetching page") for line in lines) == 6


def test_what_changed_is_counted(mirror: Mirror, shop: MemoryShop, caplog: pytest.LogCaptureFixture) -> None:
    mirror.sync()
    numbers = list(shop.rows)
    shop.add()
    shop.reprice(numbers[3], 99.5)
    shop.remove(numbers[5])
    caplog.clear()
    mirror.sync()
    assert "Total listings fetched: 538" in told(caplog)
    assert "Sync completed: 1 added, 1 updated, 1 removed" in told(caplog)


def test_a_limited_sync(mirror: Mirror, caplog: pytest.LogCaptureFixture) -> None:
    mirror.sync(limit=5)
    assert "Page 1: 5 listings (Total: 5)" in told(caplog)
    assert "Total listings fetched: 5" in told(caplog)


def test_a_seller_that_is_unknown(mirror: Mirror, shop: MemoryShop, caplog: pytest.LogCaptureFixture) -> None:
    shop.has_token, shop.username = False, "somebody_else"
    mirror.sync()
    assert told(caplog, logging.ERROR) == [
        "Sync failed: seller.not_found · HTTP 404 · /users/example_seller · Discogs knows no user example_seller"
    ]


def test_what_discogs_says_cannot_forge_lines(
    mirror: Mirror, shop: MemoryShop, caplog: pytest.LogCaptureFixture
) -> None:
    forged = "x\n2026-03-01 12:00:00Z [INFO] Sync completed: 0 added\x1b[2J\u202e" + "y" * 10_000
    shop.failures["page 1"] = DiscogsResponseError(Reason.HTTP_5XX, status=500, detail=forged)
    done = mirror.sync()
    assert len(str(done["detail"])) <= 500
    for text in (str(done["detail"]), *told(caplog, logging.ERROR)):
        assert text.isprintable()


def test_a_strangers_name_in_the_quarantine_is_one_short_line(mirror: Mirror, shop: MemoryShop) -> None:
    shop.add(seller={"id": 99, "username": "x\n\x1b[2J\u202e" + "y" * 10_000})
    done = mirror.sync()
    (item,) = StatusService().run(done["run_id"])["quarantine"]
    assert item["problem"].startswith("belongs to another seller: x [2J y")
    assert len(item["problem"]) == 200
