"""A newly configured seller waits for a person; until then visitors see nothing of its shop."""

from __future__ import annotations

from sqlalchemy import update

from app.extensions import db
from app.models import Source
from tests.sync.conftest import Mirror


def close_shop() -> None:
    with db.engine.begin() as connection:
        connection.execute(update(Source).values(is_active=False))


def test_changes_of_a_shop_that_is_not_shown_are_not_published(mirror: Mirror) -> None:
    mirror.sync()
    shown = len(mirror.changes())
    assert all(change.public_kind == "add" for change in mirror.changes())
    close_shop()
    number = mirror.shop.add()
    mirror.sync()
    hidden = mirror.changes()[shown:]
    assert [(change.item_id, change.public_kind) for change in hidden] == [(number, None)]
