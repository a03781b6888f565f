"""What a server knows of writes that were refused, whichever of its processes met it."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, create_engine

from app.core.outcomes import Reason
from app.models.write_refusals import WriteRefusals


@pytest.fixture
def engine() -> Engine:
    return create_engine("sqlite://")


def in_another_process(work: Callable[[], bool]) -> bool:
    child = os.fork()
    if child == 0:
        os._exit(0 if work() else 1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def refuse(refusals: WriteRefusals, engine: Engine, reason: Reason) -> bool:
    refusals.remember(engine, reason)
    return refusals.last(engine) is reason


@pytest.mark.parametrize("reason", [Reason.DB_FULL, Reason.DB_READONLY, Reason.DB_CORRUPT])
def test_what_one_worker_met_all_of_them_know(engine: Engine, reason: Reason) -> None:
    refusals = WriteRefusals()
    refusals.share()
    assert in_another_process(lambda: refuse(refusals, engine, reason))
    assert refusals.last(engine) is reason
    assert in_another_process(lambda: refusals.last(engine) is reason)
    refusals.forget(engine)
    assert in_another_process(lambda: refusals.last(engine) is None)


def test_alone_each_database_has_its_own(engine: Engine) -> None:
    refusals, other = WriteRefusals(), create_engine("sqlite://")
    refusals.remember(engine, Reason.DB_FULL)
    assert (refusals.last(engine), refusals.last(other)) == (Reason.DB_FULL, None)
    refusals.forget(engine)
    assert refusals.last(engine) is None


@pytest.mark.parametrize("is_shared", [True, False])
def test_what_passes_by_itself_is_not_remembered(engine: Engine, is_shared: bool) -> None:
    refusals = WriteRefusals()
    if is_shared:
        refusals.share()
    refusals.remember(engine, Reason.DB_LOCKED)
    assert refusals.last(engine) is None
