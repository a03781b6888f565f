"""Somebody mirrors a collection and no shop: health and the doctor tell of that."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.extensions import db
from app.models import Source
from app.services.health_service import HealthService
from config import Settings
from tests.builders import DAY, MirrorBuilder
from tests.collection.conftest import ShelfMirror
from tests.shelf_builder import ShelfBuilder


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(discogs_seller_username=None)


def findings(app: Flask) -> dict[str, dict[str, Any]]:
    done = app.test_cli_runner().invoke(args=["doctor", "--json"])
    return {each["about"]: each for each in json.loads(done.stdout)}


def test_before_the_first_sync_it_is_the_collection_that_lacks(app: Flask, mirror: ShelfMirror) -> None:
    assert HealthService().health()["reasons"] == ["no collection has been mirrored yet"]
    told = findings(app)
    assert told["data"]["detail"] == "no collection was mirrored yet"
    assert told["data"]["advice"] == "flask --app run sync collection"
    name = mirror.world.seller.username
    assert (told["seller"]["verdict"], told["seller"]["detail"]) == (
        "ok",
        f"the collection of {name} is mirrored, and no shop",
    )


def test_its_age_is_that_of_the_collection(app: Flask, mirrored: ShelfMirror) -> None:
    mirrored.clock.advance(minutes=5)
    told = HealthService().health()
    assert (told["status"], told["age_seconds"], told["stale"]) == ("ok", 300, False)
    assert told["last_sync"]["outcome"] == "applied"
    assert findings(app)["data"]["detail"] == "the data is 5 min old"
    mirrored.clock.advance(hours=7)
    assert HealthService().health()["stale"]
    assert findings(app)["data"]["advice"] == "flask --app run sync collection, or start a server"


def test_what_others_keep_here_is_not_its_age(mirrored: ShelfMirror) -> None:
    builder = MirrorBuilder(db.engine)
    with db.engine.begin() as connection:
        connection.execute(update(Source).where(Source.kind == "inventory").values(is_active=False))
    guest = ShelfBuilder(builder, "passing_digger")
    builder.run(source_id=guest.source_id, started_at=DAY, finished_at=DAY)
    assert HealthService().health()["age_seconds"] == 0
