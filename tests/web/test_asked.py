"""Addresses next to the one that was asked, and the ways of saying things."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.core.conditions import CONDITIONS
from app.core.price_history import PricePoint
from app.services.bars import Bar
from app.services.shop_charts import Movement
from app.web import paging, wording
from app.web.asked import asked_of
from app.web.bar_chart import bars_of, days_of
from app.web.grades import GRADES
from app.web.price_chart import HEIGHT, WIDTH, price_chart

DAY = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("module", [paging, wording], ids=lambda module: module.__name__)
def test_the_examples_are_true(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def test_only_what_says_something_is_kept() -> None:
    asked = asked_of("/", [("q", "can"), ("q", " "), ("format", "LP"), ("utm_source", "x"), ("page", "3")])
    assert asked.values == {"format": "LP", "page": "3"}
    assert asked.kept() == [("format", "LP")]
    assert asked.filters == [("format", "Format", "LP")]


def test_neighbouring_addresses_begin_on_their_first_page() -> None:
    asked = asked_of("/", [("q", "a&b"), ("format", "LP"), ("page", "3")])
    assert asked.having(format=None) == "/?q=a%26b"
    assert asked.having(format='12"') == "/?q=a%26b&format=12%22"
    assert asked.having(page=4) == "/?q=a%26b&format=LP&page=4"
    assert asked_of("/", []).having(q=None) == "/"


def test_a_corrected_question_leads_on_from_what_was_answered() -> None:
    asked = asked_of("/", [("q", "beatels"), ("format", "LP")])
    meant = asked.corrected("beatles")
    assert (asked.typed, meant.typed) == ("beatels", "beatels")
    assert meant.having(format=None) == "/?q=beatles"
    assert meant.kept("format") == [("q", "beatles")]


def test_every_page_can_be_reached_step_by_step() -> None:
    for total in (1, 48, 49, 1000):
        reached, number = {1}, 1
        while (after := paging.pages_of(number, 48, total).next) is not None:
            reached.add(number := after)
        assert reached == set(range(1, -(-total // 48) + 1))
        assert paging.pages_of(number, 48, total).last == total
    assert paging.pages_of(99, 48, 100).previous == 3, "back from beyond the end"
    assert paging.pages_of(1, 48, 100).previous is None


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_grade_is_explained(condition: str) -> None:
    assert GRADES[condition].words
    assert wording.grade(condition).short


def test_grades_we_do_not_know_speak_for_themselves() -> None:
    assert wording.grade("Played at parties").short == "Played at parties"
    assert wording.grade(None).short == "Not graded"


def point(days: float, price: str | None, currency: str = "EUR") -> PricePoint:
    return PricePoint(DAY + timedelta(days=days), None if price is None else Decimal(price), currency)


def test_a_price_holds_until_the_next_one() -> None:
    chart = price_chart([point(0, "30"), point(5, "20")], DAY + timedelta(days=10))
    assert chart is not None
    first, second = chart.dots
    assert second.y > first.y, "cheaper is lower"
    assert chart.line == f"M{first.x} {first.y}H{second.x}V{second.y}H{WIDTH - 8}"
    assert abs(second.x - WIDTH / 2) < 1
    assert all(0 <= dot.x <= WIDTH and 0 <= dot.y <= HEIGHT for dot in chart.dots)


@pytest.mark.parametrize(
    "prices",
    [
        [],
        [point(0, "30")],
        [point(0, "30", "USD"), point(5, "20")],
        [point(0, None), point(5, "20")],
        [point(0, "30"), point(3, "20"), point(5, None)],
        [point(0, "30"), point(3, None), point(5, "20")],
    ],
    ids=["none", "one", "another currency", "unknown before", "unknown now", "unknown between"],
)
def test_what_cannot_be_compared_is_not_drawn(prices: list[PricePoint]) -> None:
    assert price_chart(prices, DAY + timedelta(days=10)) is None


def test_prices_of_one_moment_are_drawn_without_a_span_of_time() -> None:
    chart = price_chart([point(0, "30"), point(0, "20")], DAY)
    assert chart is not None
    assert {dot.x for dot in chart.dots} == {8.0}


def test_every_bar_can_be_seen() -> None:
    bars = bars_of([Bar(label="LP", count=10_000), Bar(label='7"', count=1)], 10_001)
    assert bars[0].share == 100
    assert bars[1].share > 0.5
    assert bars_of([], 0) == []


def test_days_stand_on_one_scale() -> None:
    first, second = (
        Movement(day="2026-03-01", added=4, sold=0, gone=0),
        Movement(day="2026-03-02", added=0, sold=2, gone=1),
    )
    days = days_of([first, second])
    assert (days.drawn[0].up, days.drawn[0].sold, days.drawn[0].gone) == (days.half, 0, 0)
    assert (days.drawn[1].sold, days.drawn[1].gone) == (days.half / 2, days.half / 4)
    assert (days.added, days.sold, days.gone, days.most) == (4, 2, 1, 4)
    assert days_of([Movement(day="2026-03-01", added=1, sold=3, gone=5)]).most == 8, "both hang below the line"
    assert [one["day"] for one in days.eventful] == ["2026-03-02", "2026-03-01"]
    assert days_of([]).most == 0
