"""Which seller is shown, and under which name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db, wiring
from app.models import Account, Source
from app.models.transactions import read_transaction
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.health_service import HealthService
from app.services.shop_state import shop_state
from app.services.sources import Sources
from app.services.sync_control import sources_to_sync
from tests.invariants import assert_sound
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop


@pytest.fixture
def shop() -> MemoryShop:
    return MemoryShop(12)


def name_the_seller(app: Flask, username: str) -> None:
    wired = wiring()
    wired.settings = wired.settings.replace(discogs_seller_username=username)


def shown() -> list[str]:
    with read_transaction(db.engine) as connection:
        return sorted(shop_state(connection).sellers.values())


class TestMisspeltName:
    @pytest.fixture(autouse=True)
    def misspelt(self, app: Flask, mirror: Mirror, shop: MemoryShop) -> None:
        shop.has_token = False
        name_the_seller(app, "exampel_seller")
        assert mirror.sync()["reason"] == "seller.not_found"
        name_the_seller(app, "example_seller")

    def test_once_corrected_it_leaves_nothing_stale(self, mirror: Mirror) -> None:
        assert mirror.sync()["outcome"] == "applied"
        assert shown() == ["example_seller"]
        assert HealthService().health()["reasons"] == []

    def test_the_clock_and_the_button_forget_it_too(self, mirror: Mirror) -> None:
        sources_to_sync()
        assert shown() == ["example_seller"]

    def test_a_name_that_was_right_after_all_is_shown_again(self, app: Flask, mirror: Mirror, shop: MemoryShop) -> None:
        sources_to_sync()
        name_the_seller(app, "exampel_seller")
        shop.username = "exampel_seller"
        for row in shop.rows.values():
            row["seller"]["username"] = "exampel_seller"
        assert mirror.sync()["outcome"] == "applied"
        assert shown() == ["exampel_seller"]


class TestAnotherName:
    def test_a_mirrored_shop_is_not_swapped_unasked(self, app: Flask, mirror: Mirror) -> None:
        mirror.sync()
        name_the_seller(app, "somebody_else")
        sources_to_sync()
        assert shown() == ["example_seller"]

    def test_an_account_with_a_credential_of_its_own_stays(self, app: Flask, mirror: Mirror) -> None:
        with db.engine.begin() as connection:
            account = connection.scalar(
                Account.__table__.insert()
                .values(username="partner", username_key="partner", sealed_token="x", created_at=mirror.clock())
                .returning(Account.id)
            )
            values = {"account_id": account, "kind": "inventory", "is_active": True, "hidden_rows": 0}
            connection.execute(Source.__table__.insert().values(values))
        mirror.sync()
        assert shown() == ["example_seller", "partner"]


class TestRenamedSeller:
    def test_every_public_answer_has_the_new_name_and_a_new_tag(
        self, client: FlaskClient, mirror: Mirror, shop: MemoryShop
    ) -> None:
        mirror.sync()
        before = client.get("/api/data?limit=3")
        assert {item["seller"] for item in before.json or []} == {"example_seller"}
        shop.username = "Example_Seller"
        shop.token_of = (shop.user_id, "Example_Seller")
        mirror.sync()
        after = client.get("/api/data?limit=3", headers={"If-None-Match": before.headers["ETag"]})
        assert after.status_code == 200
        assert {item["seller"] for item in after.json or []} == {"Example_Seller"}
        assert_sound(db.engine)

    def test_so_it_is_when_the_new_name_was_entered_first(
        self, app: Flask, client: FlaskClient, mirror: Mirror, shop: MemoryShop
    ) -> None:
        mirror.sync()
        before = client.get("/api/data?limit=3")
        shop.username = "renamed"
        shop.token_of = (shop.user_id, "renamed")
        done = DiscogsSyncService(token="t", seller_username="renamed").sync_all_listings()
        assert done["reason"] == "seller.changed"
        after = client.get("/api/data?limit=3", headers={"If-None-Match": before.headers["ETag"]})
        assert {item["seller"] for item in after.json or []} == {"renamed"}
        with read_transaction(db.engine) as connection:
            assert "renamed" in connection.scalars(select(Account.username_key)).all()
        assert_sound(db.engine)


def test_two_who_meet_a_new_name_at_once_find_the_same_source(app: Flask, mirror: Mirror) -> None:
    # PostgreSQL lets both look before either has written; SQLite has the second wait.
    both = Barrier(2 if db.engine.dialect.name == "postgresql" else 1)
    engine = db.engine

    def at_once() -> datetime:
        both.wait(timeout=30)
        return mirror.clock()

    with ThreadPoolExecutor(2) as pool:
        meeting = [pool.submit(Sources(engine, at_once).shelf_of, "newcomer", "collection") for _ in range(2)]
        assert len({each.result().id for each in meeting}) == 1
