"""Every fault on a page of the collection, in a steady sync: it ends as the same fault in an inventory would.

What differs stands in OTHERWISE. Whatever happens, no live copy is lost, no failure is called a success, and the next
clean syncs show the truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

import pytest

from app.extensions import db
from config import Settings
from scripts.fake_discogs import COPY_FAULTS, Fault
from tests.collection.conftest import ShelfMirror
from tests.faults.test_fault_matrix import PAGES, Expectation, table
from tests.invariants import assert_sound

COPIES = "/users/*/collection/folders/0/releases"
# 403 in JSON says of a collection that it is private, and nothing about the credential; the infinite number, which is a
# price on a page of listings, hits the envelope here.
OTHERWISE = {("status:403", ""): "failed seller.private", ("json_inf", ""): "failed schema.envelope"}
UNREADABLE = {
    "instance_text",
    "instance_null",
    "instance_missing",
    "instance_zero",
    "instance_2_63",
    "notes_text",
    "notes_object",
    "basic_formats_text",
    "basic_missing",
    "basic_null",
    "basic_empty",
    "basic_title_missing",
    "basic_id_differs",
}
CASES = list(zip((one for one in table() if not one.fault.startswith("item:")), cycle(PAGES)))


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The decisions are tested on both; what a wire does is the same for each."""
    return sqlite_url


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(log_level="CRITICAL", collection_visibility="private")


@pytest.fixture(autouse=True)
def sound(mirrored: ShelfMirror) -> Iterator[None]:
    """Whatever a test does, the mirror converges, and the books are in order."""
    yield
    assert_sound(db.engine)
    mirrored.fake.faults.clear()
    mirrored.clock.advance(hours=3)  # past any pause Discogs asked for
    mirrored.sync()
    assert mirrored.sync()["outcome"] == "applied"
    assert mirrored.live() == set(mirrored.world.copies)


@pytest.mark.parametrize(
    ("expected", "page"), CASES, ids=[f"{one.fault} {one.arguments} {page}" for one, page in CASES]
)
def test_what_happens_when(expected: Expectation, page: str, mirrored: ShelfMirror) -> None:
    mirrored.world.remove_copy(mirrored.world.copy_ids()[50])
    mirrored.world.add_copy()
    kept = mirrored.live() & set(mirrored.world.copies)
    fault = expected.make(page)
    mirrored.fake.faults.add(Fault(fault.kind, COPIES, page=page, **fault.args))
    done = mirrored.sync()
    assert kept <= mirrored.live(), "a live copy was lost"
    told = f"{done['outcome']} {done['reason'] or ''}".strip()
    assert told == OTHERWISE.get((expected.fault, expected.arguments), expected.told("steady", page)), done["detail"]


@pytest.mark.parametrize("name", sorted(name for name in COPY_FAULTS if not name.startswith("release_")))
def test_a_row_that_is_wrong_is_kept_apart_or_read_as_unknown(name: str, mirrored: ShelfMirror) -> None:
    mirrored.fake.faults.add(Fault("item", COPIES, page=2, name=name))
    done = mirrored.sync()
    assert done["rejected"] == (name in UNREADABLE), done["detail"]
    assert set(mirrored.world.copies) <= mirrored.live()
    assert done["outcome"] in {"applied", "applied_no_removals"}
