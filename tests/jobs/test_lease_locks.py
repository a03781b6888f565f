"""The lock behind the lease, on both kinds of database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError

from app.models.locks import AdvisoryLocks, Locks, locks_for
from tests.conftest import ROOT, TAKE_LEASES_AWAY
from tests.jobs.waiting import until

HOLD = """
import sys
from sqlalchemy import create_engine
from app.models.locks import locks_for
held = locks_for(create_engine(sys.argv[1])).try_hold("scheduler")
print("held" if held else "refused", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def locks(engine: Engine) -> Locks:
    return locks_for(engine)


def test_one_holds_a_name_and_the_next_is_refused_until_it_is_given_back(locks: Locks) -> None:
    held = locks.try_hold("scheduler")
    assert held is not None
    assert held.is_alive()
    assert locks.try_hold("scheduler") is None
    held.release()
    held.release()
    assert not held.is_alive()
    again = locks.try_hold("scheduler")
    assert again is not None
    again.release()


def test_who_looks_sees_whether_somebody_has_it_and_takes_nothing(locks: Locks, engine: Engine) -> None:
    with engine.connect() as connection:
        assert not locks.is_held("scheduler", connection)
        held = locks.try_hold("scheduler")
        assert held is not None
        assert [locks.is_held(name, connection) for name in ("scheduler", "mirror")] == [True, False]
        held.release()
        until(lambda: not locks.is_held("scheduler", connection), "it was given back")


def test_names_do_not_get_in_each_others_way(locks: Locks) -> None:
    held = [locks.try_hold(name) for name in ("scheduler", "mirror")]
    assert all(held)
    for lock in held:
        lock.release()


def test_a_killed_holder_gives_up_its_lock(locks: Locks, database_url: str) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, database_url], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        assert locks.try_hold("scheduler") is None
        holder.kill()
        taken = []
        until(lambda: taken or taken.extend(filter(None, [locks.try_hold("scheduler")])), "the lock is free")
        taken[0].release()
    finally:
        holder.kill()
        holder.communicate()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
class TestOnPostgresql:
    def test_a_session_that_was_taken_away_is_noticed(self, engine: Engine, locks: Locks) -> None:
        held = locks.try_hold("scheduler")
        with engine.connect() as connection:
            connection.exec_driver_sql(TAKE_LEASES_AWAY)
        assert not held.is_alive()
        again = locks.try_hold("scheduler")
        assert again is not None
        again.release()

    def test_a_host_that_vanishes_loses_its_lock_within_ten_seconds(self, engine: Engine, locks: Locks) -> None:
        held = locks.try_hold("scheduler")
        names = ("idle", "interval", "count")
        idle, interval, count = (
            int(held._connection.exec_driver_sql(f"SHOW tcp_keepalives_{name}").scalar_one()) for name in names
        )
        held.release()
        assert 0 < idle + interval * count < 10

    def test_a_server_that_is_away_is_an_error_not_a_refusal(self, engine: Engine) -> None:
        away = create_engine("postgresql://127.0.0.1:1/nowhere")
        with pytest.raises(OperationalError):
            AdvisoryLocks(away).try_hold("scheduler")
