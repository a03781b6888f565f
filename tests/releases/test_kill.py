"""kill -9 at every SQL statement of a round: no answer is lost; bodies, facts and what is shown come together."""

from __future__ import annotations

from itertools import count

from flask import Flask
from sqlalchemy import func, select

from app.extensions import db, wiring
from app.models import ReleaseAnswer, ReleaseBody, ReleaseRow
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.inventory_service import InventoryService
from app.services.release_cache import FillEnding, ReleaseCache
from config import Secret, Settings
from tests.core.test_releases import body
from tests.crash.harness import in_app, killed_at_statement
from tests.invariants import assert_sound
from tests.sync.memory_shop import MemoryShop

RECORDS = 4
STRIDE_ON_POSTGRESQL = 4


def shop_with_catalogue() -> MemoryShop:
    shop = MemoryShop(RECORDS)
    numbers = [row["release"]["id"] for row in shop.rows.values()]
    shop.catalogue = {number: body(id=number) for number in numbers}
    return shop


def known_everywhere(_app: Flask) -> int:
    """How many releases are known: the same number wherever one looks."""
    assert_sound(db.engine)
    with db.engine.connect() as connection:
        bodies = set(connection.scalars(select(ReleaseBody.release_id).where(ReleaseBody.status == "known")))
        facts = set(connection.scalars(select(ReleaseRow.release_id).where(ReleaseRow.genres.is_not(None))))
    shown = {int(str(item["release_id"])) for item in InventoryService().get_all_items() if item["genres"]}
    assert bodies == facts == shown
    return len(bodies)


def test_a_kill_loses_no_answer_and_the_next_round_goes_on(base_settings: Settings, database_url: str) -> None:
    shop = shop_with_catalogue()
    settings = base_settings.replace(
        database_url=database_url,
        discogs_seller_username=shop.username,
        discogs_token=Secret("token-of-the-seller"),
        log_level="ERROR",
    )

    def sync(_app: Flask) -> None:
        wiring().connect = shop.connect
        DiscogsSyncService().sync_all_listings()

    def fill() -> object:
        wiring().connect = shop.connect
        return ReleaseCache().fill()

    def put_aside(_app: Flask) -> int:
        with db.engine.connect() as connection:
            return int(connection.scalar(select(func.count()).select_from(ReleaseAnswer)) or 0)

    in_app(settings, sync)
    stride = STRIDE_ON_POSTGRESQL if database_url.startswith("postgresql") else 1
    kills = kept = 0
    for at in count(1, stride):
        if not killed_at_statement(settings, fill, at):
            break
        kills += 1
        before, kept = kept, in_app(settings, known_everywhere) + in_app(settings, put_aside)
        assert before <= kept <= RECORDS, "what was answered is not lost"
    assert kills * stride > 10
    assert (in_app(settings, known_everywhere), in_app(settings, put_aside)) == (RECORDS, 0)
    assert in_app(settings, lambda _app: fill()).ending is FillEnding.DONE
