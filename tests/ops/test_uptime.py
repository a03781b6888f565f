"""The age of the service: of the server itself, in whichever of its processes one asks."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from app.ops.uptime import boot_time, is_gunicorn, service_age
from tests.conftest import ROOT
from tests.system.servers import skip_without_proc

# Each prints between which two moments the service must have started, judged by the age that it tells.
TELL = """
from app.ops.uptime import boot_time, service_age
before = boot_time()
age = service_age()
print(before - age, boot_time() - age, flush=True)
"""
WORKER = "import sys, types; sys.modules['gunicorn.arbiter'] = types.ModuleType('arbiter')" + TELL
MASTER = f"""
import subprocess, sys, time
from pathlib import Path
clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
print(time.clock_gettime(clock), flush=True)
Path("/proc/self/comm").write_text("x) R 1 (")
subprocess.run([sys.executable, "-c", {WORKER!r}], check=True)
"""
FORKING = f"""
import os, sys, types
import app.ops.uptime
sys.modules["gunicorn.arbiter"] = types.ModuleType("arbiter")
if os.fork() == 0:
    exec({TELL!r})
    os._exit(0)
os.wait()
del sys.modules["gunicorn.arbiter"]
exec({TELL!r})
"""


def told_by(script: str) -> list[list[float]]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "SERVER_SOFTWARE": "gunicorn/27.0.1"}
    run = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    return [[float(each) for each in line.split()] for line in run.stdout.splitlines()]


@pytest.fixture
def as_gunicorn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_SOFTWARE", "gunicorn/27.0.1")
    monkeypatch.setitem(sys.modules, "gunicorn.arbiter", SimpleNamespace())


def test_the_clock_never_goes_back() -> None:
    times = [boot_time() for _ in range(1000)]
    assert times == sorted(times)


def test_both_the_variable_and_the_module_make_gunicorn(as_gunicorn: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_gunicorn()
    monkeypatch.setenv("SERVER_SOFTWARE", "Werkzeug/3")
    assert not is_gunicorn()  # a development server
    monkeypatch.setenv("SERVER_SOFTWARE", "gunicorn/27.0.1")
    monkeypatch.delitem(sys.modules, "gunicorn.arbiter")
    assert not is_gunicorn()  # a command started by a gunicorn worker inherits the variable alone


def test_a_worker_that_imports_for_itself_tells_its_masters_age() -> None:
    skip_without_proc()
    ((master_was_up,), (started_after, _)) = told_by(MASTER)
    assert started_after <= master_was_up
    assert master_was_up - started_after < 60


def test_a_forked_worker_tells_the_age_it_inherited() -> None:
    worker, master = told_by(FORKING)
    assert worker[0] <= master[1]
    assert master[0] <= worker[1]


def test_a_process_of_no_server_tells_its_own_age() -> None:
    before = boot_time()
    ((_, started_before),) = told_by(TELL)
    assert before <= started_before <= boot_time()


def test_where_the_master_cannot_be_looked_at_the_worker_tells_its_own_age(
    as_gunicorn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(30)
    monkeypatch.setattr(os, "getppid", lambda: gone.pid)
    age_as_worker = service_age()
    monkeypatch.delenv("SERVER_SOFTWARE")
    assert 0 <= service_age() - age_as_worker < 5
