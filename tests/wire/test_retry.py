"""How long to wait before the next try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from app.wire.retry import RetryBudget, back_off, retry_after, window_wait

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def http_date(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        (" 12 ", 12),
        ("1.5", 1.5),
        ("9999", 9999),
        ("-5", 60),
        ("soon", 60),
        ("", 60),
        ("9" * 5000, 60),
        ("nan", 60),
        ("inf", 60),
        ("٣", 60),
        ("Mon, 99 Foo 2026 25:00:00 GMT", 60),
        (http_date(30), 30),
        (http_date(-30), 0),
        (http_date(9999), 9999),
        ("999999999999999", 86_400),
        (http_date(400 * 86_400), 86_400),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date(text: str, seconds: float):
    assert retry_after({"retry-after": text}, NOW) == seconds


def test_without_the_header_nothing_is_asked():
    assert retry_after({}, NOW) is None


def test_a_date_counts_from_the_servers_own_clock():
    headers = {"retry-after": http_date(3630), "date": http_date(3600)}
    assert retry_after(headers, NOW) == 30


def test_the_back_off_doubles_up_to_a_minute():
    assert [back_off(failures, 1.0) for failures in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert back_off(8, 0.0) == 0
    assert back_off(1_000_000, 1.0) == 60


def test_a_silent_429_waits_for_whole_windows():
    assert [window_wait(failures, 0.0) for failures in (1, 2, 3, 4)] == [60, 120, 240, 240]


@pytest.mark.parametrize(("pages", "retries"), [(0, 10), (6, 10), (50, 10), (51, 10), (300, 60)])
def test_the_budget_is_ten_or_a_fifth_of_the_pages(pages: int, retries: int):
    assert RetryBudget.for_pages(pages).left == retries


def test_a_spent_budget_gives_no_more():
    budget = RetryBudget(2)
    assert [budget.spend() for _ in range(4)] == [True, True, False, False]
