"""Random histories of a shop and its mirror: no live row lost, no ghost kept, whatever happens in which order."""

from __future__ import annotations

import os
import shutil
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

from app import create_app
from app.core.outcomes import Outcome, Reason
from app.errors import DiscogsConnectionError
from app.extensions import db
from app.models import HeldRemoval
from app.services.sync_control import confirm_run, undo_run
from config import Secret, Settings
from tests.conftest import FakeClock, dispose
from tests.invariants import assert_sound
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop

PICK = st.integers(0, 10_000)
PAGES = st.sampled_from(["page 1", "page 2", "page 3"])


class Shopkeeping(RuleBasedStateMachine):
    """A seller at work while the mirror syncs, fails, holds and is confirmed."""

    template: Path
    base: Settings
    token_of = (4711001, "example_seller")

    @initialize(size=st.sampled_from([0, 3, 120, 230]))
    def open_shop(self, size: int) -> None:
        self.folder = tempfile.mkdtemp()
        database = Path(self.folder) / "mirror.db"
        shutil.copy(self.template, database)
        self.app = create_app(self.base.replace(database_url=f"sqlite:///{database}"), start_clock=False)
        self.context = self.app.app_context()
        self.context.push()
        self.shop = MemoryShop(size)
        self.shop.token_of = self.token_of
        self.mirror = Mirror(self.shop, FakeClock())
        self.ever_shown: set[int] = set()
        self.absent_for: dict[int, int] = {}

    @rule(count=st.integers(1, 5))
    def list_copies(self, count: int) -> None:
        for _ in range(count):
            self.shop.add()

    @precondition(lambda self: self.shop.rows)
    @rule(count=st.integers(1, 40), at=PICK)
    def sell_or_delete(self, count: int, at: int) -> None:
        for _ in range(min(count, len(self.shop.rows))):
            self.shop.remove(self._pick(at))

    @precondition(lambda self: self.shop.rows)
    @rule(at=PICK, cents=st.integers(1, 99_999))
    def reprice(self, at: int, cents: int) -> None:
        self.shop.reprice(self._pick(at), cents / 100)

    @precondition(lambda self: self.shop.rows)
    @rule(at=PICK, status=st.sampled_from(["Draft", "Sold", "Expired", "For Sale"]))
    def change_status(self, at: int, status: str) -> None:
        self.shop.edit(self._pick(at), status=status)

    @rule(
        drift=st.lists(
            st.tuples(st.sampled_from(["page 1", "page 2", "page 3"]), PICK, st.sampled_from("ase")), max_size=3
        )
    )
    def sync_while_things_move(self, drift: list[tuple[str, int, str]]) -> None:
        """Sell (s), add (a) or edit (e) between any two requests."""
        before = self._shown()
        pending = list(drift)

        def move(asked: str) -> None:
            for event in [event for event in pending if event[0] == asked]:
                pending.remove(event)
                self._move(event[1], event[2])

        self.shop.between = move
        done = self.mirror.sync()
        self.shop.between = lambda asked: None
        self._check(done["outcome"], always_there=before & self._shown())

    @rule(page=st.integers(1, 3))
    def sync_with_a_fault(self, page: int) -> None:
        live = self.mirror.live()
        self.shop.failures = {f"page {page}": DiscogsConnectionError(Reason.NET_TIMEOUT)}
        done = self.mirror.sync()
        self.shop.failures = {}
        if done["outcome"] == Outcome.FAILED:
            assert self.mirror.live() == live
        self._check(done["outcome"], always_there=self._shown())

    @rule()
    def two_quiet_syncs_converge_or_hold(self) -> None:
        outcomes = [self.mirror.sync()["outcome"] for _ in range(3)]
        assert set(outcomes) <= {Outcome.APPLIED, Outcome.HELD}
        assert self.mirror.live() == self._shown()

    @rule()
    def confirm_what_is_held(self) -> None:
        runs = self.mirror.runs()
        if runs and runs[-1].outcome == Outcome.HELD:
            with db.engine.connect() as connection:  # what went since the run was held is another run's business
                planned = set(connection.scalars(select(HeldRemoval.item_id).filter_by(run_id=runs[-1].id)))
            live = self.mirror.live()
            confirm_run(runs[-1].id)
            assert self.mirror.live() == live - planned

    @rule(at=PICK)
    def undo_a_run(self, at: int) -> None:
        removing = [run for run in self.mirror.runs() if run.removed]
        if removing:
            live, gone = self.mirror.live(), self.mirror.tombstones().keys()
            undo_run(removing[at % len(removing)].id)
            assert self.mirror.live() >= live
            assert self.mirror.live() <= live | gone

    @invariant()
    def the_books_are_in_order(self) -> None:
        assert_sound(db.engine)

    def _shown(self) -> set[int]:
        """What the pages show to whoever asks."""
        return {number for number, row in self.shop.rows.items() if self.shop.is_owner or row["status"] == "For Sale"}

    def _pick(self, at: int) -> int:
        return list(self.shop.rows)[at % len(self.shop.rows)]

    def _move(self, at: int, what: str) -> None:
        if what == "a":
            self.shop.add()
        elif self.shop.rows:
            number = self._pick(at)
            self.shop.remove(number) if what == "s" else self.shop.edit(number, comments=f"edited {at}")

    def _check(self, outcome: str | None, *, always_there: set[int]) -> None:
        """What Discogs showed all along and the mirror had is still live."""
        assert outcome in {Outcome.APPLIED, Outcome.APPLIED_NO_REMOVALS, Outcome.HELD, Outcome.FAILED}
        assert not set(self.mirror.tombstones()) & always_there

    def teardown(self) -> None:
        if hasattr(self, "context"):
            self.context.pop()
            dispose(self.app)
            shutil.rmtree(self.folder)


class SeenByAStranger(Shopkeeping):
    """The same, looked at with somebody else's token: drafts and sold copies are nowhere, and nobody says why."""

    token_of = (99, "a_visitor")


@pytest.mark.timeout(280)
@pytest.mark.parametrize("machine", [Shopkeeping, SeenByAStranger])
def test_no_history_loses_a_live_row_or_keeps_a_ghost(
    machine: type[Shopkeeping], migrated_sqlite: Path, base_settings: Settings
) -> None:
    Shopkeeping.template = migrated_sqlite
    Shopkeeping.base = base_settings.replace(
        discogs_seller_username="example_seller", discogs_token=Secret("token-of-the-seller"), log_level="CRITICAL"
    )
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("STATE_MACHINE_EXAMPLES", "10")),
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
