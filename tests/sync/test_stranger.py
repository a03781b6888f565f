"""What a stranger can know of a shop: less is shown, and less is told about what is gone."""

from __future__ import annotations

import pytest

from app.core.outcomes import Reason
from app.errors import DiscogsAuthenticationError
from config import Settings
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop


@pytest.fixture
def shop() -> MemoryShop:
    shop = MemoryShop(120)
    shop.has_token = False
    return shop


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(discogs_token=None)


def refusal(status: int) -> DiscogsAuthenticationError:
    return DiscogsAuthenticationError(Reason.AUTH_FORBIDDEN, status=status)


def test_without_a_token_401_is_the_word_for_a_draft(mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    number = next(iter(shop.rows))
    shop.edit(number, status="Draft")
    assert mirror.sync()["removed"] == 1
    assert mirror.tombstones() == {number: "draft"}


def test_with_another_token_the_second_snapshot_removes_what_nobody_tells_of(mirror: Mirror, shop: MemoryShop) -> None:
    shop.has_token = True
    shop.token_of = (99, "a_visitor")
    mirror.sync()
    number = next(iter(shop.rows))
    shop.edit(number, status="Draft")
    first, second = mirror.sync(), mirror.sync()
    assert (first["removed"], first["missing"]) == (0, 1)
    assert (second["removed"], second["missing"]) == (1, 0)
    assert mirror.tombstones() == {number: "unknown"}


def test_a_forbidden_look_says_nothing_about_the_listing(mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    number = next(iter(shop.rows))
    shop.failures[f"listing {number}"] = refusal(403)
    row = shop.rows.pop(number)
    done = mirror.sync()
    assert (done["outcome"], done["removed"], done["missing"]) == ("applied", 0, 1)
    shop.rows[number] = row
    mirror.sync()
    assert mirror.live() == set(shop.rows)


def test_what_discogs_shows_for_sale_stays_however_often_the_pages_leave_it_out(
    mirror: Mirror, shop: MemoryShop
) -> None:
    mirror.sync()
    number = next(iter(shop.rows))
    shop.left_out.add(number)
    assert [mirror.sync()["removed"] for _ in range(3)] == [0, 0, 0]
    assert number in mirror.live()
