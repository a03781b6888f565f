"""A sync of the wantlist: the same engine, another page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.extensions import db
from app.models.streams import WANTLIST
from tests.collection.conftest import ShelfMirror, change_settings
from tests.invariants import assert_sound


@pytest.fixture(autouse=True)
def sound(mirror: ShelfMirror) -> Iterator[None]:
    """Whatever a test does, the books are in order afterwards."""
    yield
    assert_sound(db.engine)


@pytest.fixture
def wanting(mirror: ShelfMirror) -> ShelfMirror:
    """The mirror after its first look at the wantlist."""
    assert mirror.sync("wantlist")["outcome"] == "applied"
    return mirror


def test_every_want_is_mirrored_with_all_that_is_told(wanting: ShelfMirror) -> None:
    rows = wanting.rows(WANTLIST)
    wants = wanting.world.shelf().wants
    assert rows.keys() == wants.keys()
    for number, want in wants.items():
        row = rows[number]
        assert (row.title, row.rating or 0, row.notes or "") == (want.release.title, want.rating, want.notes)
    assert wanting.asked() == ["/oauth/identity", "/wants?page=1", "/wants?page=1"]  # one of them as a stranger


def test_a_want_that_left_is_gone_with_the_second_look(wanting: ShelfMirror) -> None:
    gone = next(iter(wanting.world.shelf().wants))
    wanting.world.unwant(gone)
    first = wanting.sync("wantlist")
    assert (first["removed"], first["missing"], first["requests"]) == (0, 1, 3)
    assert wanting.sync("wantlist")["removed"] == 1
    assert wanting.rows(WANTLIST)[gone].removed_reason == "deleted"
    wanting.world.want(gone)
    assert wanting.sync("wantlist")["restored"] == 1


def test_changed_notes_are_an_update(wanting: ShelfMirror) -> None:
    number = next(iter(wanting.world.shelf().wants))
    wanting.world.want(number, notes="with the obi")
    assert wanting.sync("wantlist")["updated"] == 1
    assert wanting.changes()[-1][2]["notes"][1] == "with the obi"


def test_strangers_eyes_keep_the_notes(wanting: ShelfMirror) -> None:
    before = {number: row.notes for number, row in wanting.rows(WANTLIST).items()}
    change_settings(discogs_token=None)
    assert wanting.sync("wantlist")["unchanged"] == len(before)
    assert {number: row.notes for number, row in wanting.rows(WANTLIST).items()} == before


def test_a_private_wantlist_is_not_empty(wanting: ShelfMirror) -> None:
    change_settings(discogs_token=None)
    wanting.world.set_private(collection=False, wants=True)
    assert wanting.sync("wantlist")["reason"] == "seller.private"
    assert wanting.live(WANTLIST) == wanting.world.shelf().wants.keys()
    assert wanting.source("wantlist").is_public is False


def test_a_wantlist_that_only_adds_keeps_what_left(wanting: ShelfMirror) -> None:
    change_settings(collection_sync_policy="add_only")
    wanting.world.shelf().wants.clear()
    new = wanting.world.want()
    assert wanting.sync("wantlist")["added"] == 1
    assert len(wanting.live(WANTLIST)) == 29
    assert new in wanting.live(WANTLIST)
