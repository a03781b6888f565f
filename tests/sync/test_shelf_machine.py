"""Random histories of a collection and its mirror: each good run ends with the mirror equal to what Discogs has."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from app.core.outcomes import Outcome
from app.extensions import db
from app.formats.album import notes_of
from app.models import CopyRow
from config import Settings
from scripts.fake_discogs import FakeDiscogs, Fault, World
from scripts.fake_discogs.records import Copy
from tests.conftest import dispose
from tests.faults.shelf_mirror import PATHS, SmallShelf, small_shelf

PICK = st.integers(0, 10_000)
FIELD_IDS = (1, 3, 4)
Facts = tuple[int, int, int | None, int | None, dict[int, str]]


class Collecting(RuleBasedStateMachine):
    """Somebody buys, sorts, rates, notes and sells while the mirror syncs."""

    template: Path
    base: Settings
    policy = "mirror"

    @initialize(size=st.sampled_from([0, 2, 7, 24]))
    def open_shelf(self, size: int) -> None:
        self.world = World.generate(seed=3, listings=0, copies=size)
        self.fake = FakeDiscogs(self.world)
        self.fake.start()
        self.shelf: SmallShelf = small_shelf(
            self.fake,
            self.base.replace(collection_sync_policy=self.policy),
            self.template,
            Path(tempfile.mkdtemp(dir=self.base.instance_path)),
        )
        self.most = 0

    @rule(count=st.integers(1, 4))
    def add(self, count: int) -> None:
        for _ in range(count):
            self.world.add_copy()

    @precondition(lambda self: self.world.copies)
    @rule(at=PICK, count=st.integers(1, 3))
    def buy_the_same_again(self, at: int, count: int) -> None:
        for _ in range(count):
            self.world.add_copy(self.world.copies[self._pick(at)].release.id)

    @precondition(lambda self: self.world.copies)
    @rule(at=PICK, folder=PICK)
    def move(self, at: int, folder: int) -> None:
        folders = self.world.shelf().folders
        self.world.move_copy(self._pick(at), folders[folder % len(folders)].id)

    @precondition(lambda self: self.world.copies)
    @rule(at=PICK, rating=st.integers(0, 5))
    def rate(self, at: int, rating: int) -> None:
        self.world.rate(self.world.copies[self._pick(at)].release.id, rating)

    @precondition(lambda self: self.world.copies)
    @rule(at=PICK, field=st.sampled_from(FIELD_IDS), text=st.sampled_from(["", "gift", "=1+1", "Zoë ☂"]))
    def note(self, at: int, field: int, text: str) -> None:
        self.world.note(self._pick(at), field, text)

    @precondition(lambda self: self.world.copies)
    @rule(at=PICK, count=st.integers(1, 3))
    def remove(self, at: int, count: int) -> None:
        for _ in range(min(count, len(self.world.copies))):
            self.world.remove_copy(self._pick(at))

    @rule(is_private=st.booleans())
    def close_or_open(self, is_private: bool) -> None:
        self.world.set_private(is_private)

    @rule()
    def sync(self) -> None:
        done = self.shelf.sync()
        assert done["outcome"] in {Outcome.APPLIED, Outcome.APPLIED_NO_REMOVALS, Outcome.HELD}
        if done["outcome"] == Outcome.APPLIED and not done["missing"]:
            self._check()

    @rule(page=st.sampled_from(["first", "middle", "last"]), kind=st.sampled_from(["status", "short_page", "html200"]))
    def sync_with_a_fault(self, page: str, kind: str) -> None:
        before, kept = self.shelf.rows(), self.shelf.live() & self.shelf.truth()
        arguments = {"status": 500} if kind == "status" else {}
        done = self.shelf.sync(Fault(kind, PATHS["collection"], page=page, **arguments))
        assert kept <= self.shelf.live(), "a live copy was lost"
        if done["outcome"] == Outcome.FAILED:
            assert self.shelf.rows() == before

    @rule()
    def three_quiet_syncs_show_the_truth(self) -> None:
        for _ in range(3):
            self.shelf.sync()
        self._check()

    @invariant()
    def the_books_are_in_order(self) -> None:
        if hasattr(self, "shelf"):
            self.shelf.assert_sound()

    def _check(self) -> None:
        """What is live is what the account has, to the last note."""
        assert self._mirrored() == self._told()

    def _told(self) -> dict[int, Facts]:
        return {number: facts_of(copy) for number, copy in self.world.copies.items()}

    def _mirrored(self) -> dict[int, Facts]:
        with self.shelf.app.app_context(), db.engine.connect() as connection:
            rows = connection.execute(select(CopyRow.__table__).where(CopyRow.removed_at.is_(None))).all()
        return {
            row.instance_id: (row.instance_id, row.release_id, row.folder_id, row.rating, notes_of(row.notes))
            for row in rows
        }

    def _pick(self, at: int) -> int:
        return list(self.world.copies)[at % len(self.world.copies)]

    def teardown(self) -> None:
        if hasattr(self, "shelf"):
            dispose(self.shelf.app)
            self.fake.stop()


class OnlyAdding(Collecting):
    """The same, mirrored by a policy that only adds: what was ever there stays, as it was."""

    policy = "add_only"

    def _check(self) -> None:
        live = self._mirrored()
        assert self.shelf.truth() <= live.keys()
        assert len(live) >= self.most, "the total fell"
        self.most = len(live)


def facts_of(copy: Copy) -> Facts:
    return copy.instance_id, copy.release.id, copy.folder_id, copy.rating or None, dict(copy.notes)


@pytest.mark.timeout(280)
@pytest.mark.parametrize("machine", [Collecting, OnlyAdding])
def test_no_history_loses_a_copy_or_keeps_a_ghost(
    machine: type[Collecting], migrated_sqlite: Path, base_settings: Settings
) -> None:
    Collecting.template, Collecting.base = migrated_sqlite, base_settings
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("STATE_MACHINE_EXAMPLES", "4")),
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
