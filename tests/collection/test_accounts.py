"""Collections of several accounts side by side: each has copies of its own, whatever their numbers."""

from __future__ import annotations

from sqlalchemy import func, select

from app.extensions import db
from app.models import CopyRow, Source
from app.models.streams import COLLECTION
from app.services import accounts
from app.services.discogs_connection import NeverStops
from app.services.sync_control import execute_run, request_sync, sources_to_sync
from scripts.fake_discogs.records import Account as Person
from tests.collection.conftest import ShelfMirror
from tests.invariants import assert_sound


def joined_by(mirror: ShelfMirror, username: str) -> Person:
    """Somebody with a collection who gives us a token."""
    mirror.world.add_account(username)
    person = mirror.world.account(username)
    assert person is not None
    for _ in range(3):
        mirror.world.add_copy(of=username)
    accounts.add(username, person.token)
    return person


def run_all(mirror: ShelfMirror) -> list[str]:
    mirror.clock.advance(hours=1)
    ids = request_sync(trigger="hourly")
    for number in ids:
        execute_run(number, NeverStops())
    return [str(run.outcome) for run in mirror.runs() if run.id in ids]


def copies_by_source() -> dict[int, int]:
    query = select(CopyRow.source_id, func.count()).where(CopyRow.removed_at.is_(None)).group_by(CopyRow.source_id)
    with db.engine.connect() as connection:
        return {source_id: number for source_id, number in connection.execute(query)}


def test_every_account_with_a_credential_has_its_collection_mirrored(mirror: ShelfMirror) -> None:
    joined_by(mirror, "second_digger")
    assert len(sources_to_sync("collection")) == len(sources_to_sync("wantlist")) == 2
    assert set(run_all(mirror)) == {"applied"}
    assert sorted(copies_by_source().values()) == [3, 230]
    assert_sound(db.engine)


def test_the_same_number_in_two_collections_is_two_copies(mirror: ShelfMirror) -> None:
    joined_by(mirror, "second_digger")
    number = mirror.world.copy_ids()[0]
    mirror.world.shelf("second_digger").copies[number] = mirror.world.copies[number]
    run_all(mirror)
    with db.engine.connect() as connection:
        rows = connection.execute(select(COLLECTION.rows.c.source_id).where(COLLECTION.key == number)).all()
    assert len(rows) == 2
    mirror.world.remove_copy(number)
    run_all(mirror)
    assert sorted(copies_by_source().values()) == [4, 229]
    assert_sound(db.engine)


def test_a_collection_of_its_own_name_is_no_second_source(mirror: ShelfMirror) -> None:
    accounts.add(mirror.world.seller.username, mirror.world.token)
    assert len(sources_to_sync()) == 3
    with db.engine.connect() as connection:
        assert sorted(connection.scalars(select(Source.kind))) == ["collection", "inventory", "wantlist"]


def test_who_takes_another_name_keeps_the_collection(mirrored: ShelfMirror) -> None:
    mirrored.world.rename_seller("CellarDoorAndSons")
    mirrored.sync()
    assert mirrored.live() == set(mirrored.world.copies)
    with db.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Source).where(Source.kind == "collection")) == 1
