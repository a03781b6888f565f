"""The numbers of the charts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.core.outcomes import RemovalReason
from app.models import Change
from app.services.shop_charts import ShopCharts, shop_charts
from tests.builders import DAY, MirrorBuilder
from tests.conftest import FakeClock


@pytest.fixture
def charts(app: Flask, mirror: MirrorBuilder) -> Callable[[], ShopCharts]:
    def read() -> ShopCharts:
        with app.app_context():
            return shop_charts()

    return read


def pairs(bars: Any) -> list[tuple[str, int]]:
    return [(bar["label"], bar["count"]) for bar in bars]


def test_an_empty_shop_has_empty_charts(charts: Callable[[], ShopCharts]) -> None:
    found = charts()
    assert [found[name] for name in ("by_genre", "by_decade", "by_format", "by_condition", "by_price")] == [[]] * 5  # type: ignore[literal-required]
    assert len(found["movements"]) == 90
    assert {(day["added"], day["sold"], day["gone"]) for day in found["movements"]} == {(0, 0, 0)}


def test_stock_by_its_kinds(mirror: MirrorBuilder, charts: Callable[[], ShopCharts]) -> None:
    mirror.release(1, genres="Rock, Folk, World, & Country")
    mirror.release(2, genres="Rock")
    mirror.listing(release_id=1, year=1971, format="2xLP, Album", condition="Mint (M)", price_minor=499)
    mirror.listing(release_id=2, year=1979, format="LP", condition="Very Good (VG)", price_minor=500)
    mirror.listing(release_id=3, year=2001, format='12"', condition="Odd", price_minor=10_000)
    mirror.listing(release_id=3, year=None, format=None, condition=None, price_minor=None, price_currency=None)
    mirror.listing(release_id=3, year=2001, format="CD", price_minor=999, price_currency="JPY")
    mirror.listing(year=1950, status="Draft")
    mirror.listing(year=1950, removed="sold")
    mirror.listing(year=1950, source_id=mirror.seller("hidden", is_active=False))
    found = charts()
    assert pairs(found["by_genre"]) == [("Rock", 2), ("Folk, World, & Country", 1), ("Unknown", 3)]
    assert pairs(found["by_decade"]) == [("1970s", 2), ("2000s", 2), ("Unknown", 1)]
    assert pairs(found["by_format"]) == [("LP", 2), ('12"', 1), ("CD", 1), ("Unknown", 1)]
    assert pairs(found["by_condition"]) == [
        ("Mint (M)", 1),
        ("Very Good Plus (VG+)", 1),
        ("Very Good (VG)", 1),
        ("Other", 1),
        ("Unknown", 1),
    ]
    assert pairs(found["by_price"]) == [
        ("EUR under 5", 1),
        ("EUR 5–10", 1),
        ("EUR 10–20", 0),
        ("EUR 20–50", 0),
        ("EUR 50–100", 0),
        ("EUR 100 and more", 1),
        ("JPY under 500", 0),
        ("JPY 500–1000", 1),
        ("JPY 1000–2000", 0),
        ("JPY 2000–5000", 0),
        ("JPY 5000–10000", 0),
        ("JPY 10000 and more", 0),
        ("Unknown", 1),
    ]


def test_a_long_tail_is_told_as_other(mirror: MirrorBuilder, charts: Callable[[], ShopCharts]) -> None:
    for number in range(20):
        mirror.listings(2 if number == 7 else 1, format=f"Format {number:02}")
    bars = pairs(charts()["by_format"])
    assert (bars[0], bars[-1], len(bars)) == (("Format 07", 2), ("Other", 5), 16)


def test_what_came_and_went_by_day(mirror: MirrorBuilder, clock: FakeClock, charts: Callable[[], ShopCharts]) -> None:
    clock.now = datetime(2026, 3, 10, 23, 59, tzinfo=UTC)
    number = mirror.listing()
    for kind in ("add", "remove", "restore", "update", None):
        mirror.change(number, "update", public_kind=kind)
    found = charts()["movements"]
    assert (found[0]["day"], found[-1]["day"]) == ("2025-12-11", "2026-03-10")
    moved = [day for day in found if day["added"] or day["gone"]]
    assert moved == [{"day": "2026-03-01", "added": 2, "sold": 0, "gone": 1}]


def test_what_was_sold_is_told_from_what_went_otherwise(
    mirror: MirrorBuilder, clock: FakeClock, charts: Callable[[], ShopCharts]
) -> None:
    clock.now = DAY + timedelta(days=1)
    for reason in RemovalReason:
        mirror.change(
            mirror.listing(removed=reason), "remove", public_kind="remove", fields={"removed_reason": [None, reason]}
        )
    for status in ("Sold", "Draft", "Expired"):  # what a seller sees of his own shop
        mirror.change(
            mirror.listing(status=status),
            "update",
            public_kind="remove",
            fields={"status": ["For Sale", status], "comments": [None, 'said "removed_reason": [null,"sold"]']},
        )
    moved = [day for day in charts()["movements"] if day["sold"] or day["gone"]]
    assert moved == [{"day": "2026-03-01", "added": 0, "sold": 2, "gone": 6}]


def test_what_was_there_when_the_mirror_began_came_when_it_was_posted(
    mirror: MirrorBuilder, clock: FakeClock, charts: Callable[[], ShopCharts]
) -> None:
    clock.now = DAY + timedelta(days=3)
    mirror.run_id = mirror.run(live_before=0)
    for posted_at in (DAY - timedelta(days=10), DAY - timedelta(days=400), None):
        mirror.change(mirror.listing(posted_at=posted_at), "add", public_kind="add")
    moved = [day for day in charts()["movements"] if day["added"]]
    assert moved == [{"day": "2026-02-19", "added": 1, "sold": 0, "gone": 0}]


def test_days_are_those_of_utc(mirror: MirrorBuilder, clock: FakeClock, charts: Callable[[], ShopCharts]) -> None:
    clock.now = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
    for moment in (datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC), datetime(2026, 3, 3, 0, 0, tzinfo=UTC)):
        seq = mirror.change(mirror.listing(), "add", public_kind="add")
        with mirror.engine.begin() as connection:
            connection.execute(update(Change).where(Change.seq == seq).values(at=moment))
    assert [day["added"] for day in charts()["movements"][-2:]] == [1, 1]


def test_statements_do_not_grow_with_the_shop(
    mirror: MirrorBuilder, charts: Callable[[], ShopCharts], counted: Callable[[], Any]
) -> None:
    for number in (1, 40):
        mirror.listings(number, format="LP", year=1970)
        with counted() as statements:
            charts()
        # The state of the shop, five counts, the movements.
        assert len(statements) == 7
