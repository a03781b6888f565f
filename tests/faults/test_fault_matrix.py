"""Every kind of fault, on the first, a middle and the last page, of a first and of a steady sync.

Of the variants of a kind (86 items that are wrong in different ways, 27 statuses) each is met once: on one of the
pages, of one of the syncs, in turn; FAULTS_ON_EVERY_PAGE=1 has all of them on all pages of both. `expected.csv` is
the documentation: what happens when.
Whatever happens, no live row is lost, no failure is called a success, and the next clean sync shows the truth.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet

from app.core.outcomes import Outcome
from app.extensions import db
from scripts.fake_discogs import FAULT_KINDS, ITEM_FAULTS, FakeDiscogs
from tests.faults.conftest import WiredMirror
from tests.faults.expectation import PAGES, Expectation, table_of
from tests.invariants import assert_sound, live_rows

TABLE = Path(__file__).parent / "expected.csv"
Make = Callable[[FakeDiscogs], WiredMirror]


def table() -> list[Expectation]:
    return table_of(TABLE)


def cases() -> list[ParameterSet]:
    """Each line of the table with where it is met: pages of a first sync, pages of a steady one."""
    places = tuple(product(("first", "steady"), PAGES))
    kinds: set[str] = set()
    found = []
    for number, expected in enumerate(table()):
        is_whole = expected.kind not in kinds or "FAULTS_ON_EVERY_PAGE" in os.environ
        kinds.add(expected.kind)
        met = places if is_whole else (places[number % len(places)],)
        first, steady = ([page for when, page in met if when == mode] for mode in ("first", "steady"))
        found.append(pytest.param(expected, first, steady, id=str(expected)))
    return found


@pytest.mark.parametrize(("expected", "first", "steady"), cases())
def test_what_happens_when(
    expected: Expectation, first: list[str], steady: list[str], fake: FakeDiscogs, fresh_mirror: Make
) -> None:
    for page in first:
        first_sync(expected, page, fake, fresh_mirror(fake))
    if steady:
        mirror = fresh_mirror(fake)
        mirror.sync()
        for page in steady:
            steady_sync(expected, page, fake, mirror)


def first_sync(expected: Expectation, page: str, fake: FakeDiscogs, mirror: WiredMirror) -> None:
    fake.faults.add(expected.make(page))
    check(mirror, expected, "first", page, mirror.sync(), before=set())
    converge(mirror, fake)


def steady_sync(expected: Expectation, page: str, fake: FakeDiscogs, mirror: WiredMirror) -> None:
    fake.world.delete(fake.world.ids()[50])
    fake.world.add()
    before = live(mirror)
    fake.faults.add(expected.make(page))
    check(mirror, expected, "steady", page, mirror.sync(), before=before)
    converge(mirror, fake)


def check(mirror: WiredMirror, expected: Expectation, mode: str, page: str, done: Any, *, before: set[int]) -> None:
    shop = set(mirror.fake.world.listings)
    assert before & shop <= live(mirror), "a live row was lost"
    assert f"{done['outcome']} {done['reason'] or ''}".strip() == expected.told(mode, page), (
        mode,
        page,
        done["detail"],
    )
    assert done["rejected"] == expected.rejected
    if done["outcome"] == Outcome.APPLIED and not is_whole_other_shop(expected, mode, page):
        assert len(shop - live(mirror)) <= expected.rejected, "success, but rows are missing"
        assert not live(mirror) - shop, "success, but ghosts remain"
    with mirror.app.app_context():
        assert_sound(db.engine)


def is_whole_other_shop(expected: Expectation, mode: str, page: str) -> bool:
    """An answer that is sound in itself and describes a smaller shop: on a first sync nobody can tell.

    Nothing is lost by it: the next sync shows the rest.
    """
    return expected.fault in {"one_item", "emptied"} and mode == "first" and page == "first"


def converge(mirror: WiredMirror, fake: FakeDiscogs) -> None:
    """Without the fault, at most two syncs later the mirror shows the truth."""
    fake.faults.clear()
    mirror.clock.advance(hours=3)  # past any pause Discogs asked for
    done = mirror.sync()
    if live(mirror) != set(fake.world.listings):
        done = mirror.sync()
    assert done["outcome"] == Outcome.APPLIED
    assert live(mirror) == set(fake.world.listings)


def live(mirror: WiredMirror) -> set[int]:
    with mirror.app.app_context():
        return {number for number, _ in live_rows(db.engine)}


def test_every_fault_the_fake_can_make_stands_in_the_table() -> None:
    listed = {one.fault.partition(":")[0] for one in table()}
    items = {one.fault.partition(":")[2] for one in table() if one.fault.startswith("item:")}
    assert set(FAULT_KINDS) <= listed
    assert set(ITEM_FAULTS) == items
    assert len(table()) >= 100
