"""Which processes get a clock, and how they learn that they must end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import click
import pytest

from app.jobs.serving import in_serving_process, is_gunicorn_master, on_termination, wants_clock
from app.ops.uptime import service_age

APP: Any = SimpleNamespace(testing=False)


@pytest.fixture(autouse=True)
def plain_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if no test ran and no server had started this process."""
    monkeypatch.delitem(sys.modules, "pytest")
    for name in ("WERKZEUG_RUN_MAIN", "FLASK_DEBUG", "SERVER_SOFTWARE", "FLASK_RUN_FROM_CLI"):
        monkeypatch.delenv(name, raising=False)


def under(*names: str, **params: Any) -> click.Context:
    context: click.Context | None = None
    for name in names:
        context = click.Context(click.Command(name), parent=context, info_name=name)
    assert context is not None
    context.params = params
    return context


def test_a_process_that_makes_an_application_serves() -> None:
    assert wants_clock(APP)


def test_an_application_under_test_gets_no_clock() -> None:
    assert not wants_clock(SimpleNamespace(testing=True))


def test_nothing_under_pytest_gets_a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytest", pytest)
    assert not wants_clock(APP)


def test_flask_run_serves() -> None:
    with under("flask", "run", reload=None):
        assert wants_clock(APP)


@pytest.mark.parametrize(
    "command",
    [
        ("flask",),
        ("flask", "shell"),
        ("flask", "db", "upgrade"),
        ("flask", "sync"),
        ("flask", "import-csv"),
        ("flask", "jobs", "run"),
        ("migrate_csv_to_db.py",),
    ],
)
def test_no_other_command_serves(command: tuple[str, ...]) -> None:
    with under(*command):
        assert not wants_clock(APP)


def test_the_parent_of_a_reloader_leaves_the_clock_to_its_child(monkeypatch: pytest.MonkeyPatch) -> None:
    with under("flask", "run", reload=True):
        assert not wants_clock(APP)
        monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")
        assert wants_clock(APP)


def test_debug_means_a_reloader_unless_it_is_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with under("flask", "run", reload=None):
        assert not wants_clock(APP)
    with under("flask", "run", reload=False):
        assert wants_clock(APP)


class TestGunicorn:
    @pytest.fixture(autouse=True)
    def gunicorn(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SERVER_SOFTWARE", "gunicorn/27.0.1")
        monkeypatch.setitem(sys.modules, "gunicorn.arbiter", SimpleNamespace())

    def test_a_worker_serves_even_in_debug(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FLASK_DEBUG", "1")
        assert wants_clock(APP)

    def test_a_preloading_master_leaves_the_start_to_its_workers(
        self, monkeypatch: pytest.MonkeyPatch, handlers_kept: None
    ) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        started: list[str] = []
        hooks: list[Any] = []
        monkeypatch.setattr(os, "register_at_fork", lambda *, after_in_child: hooks.append(after_in_child))
        assert is_gunicorn_master()
        in_serving_process(lambda: started.append("here"))
        assert started == []
        hooks[0]()
        assert started == ["here"]

    def test_a_worker_starts_here(self, handlers_kept: None) -> None:
        signal.signal(signal.SIGTERM, lambda *_: None)
        started: list[str] = []
        in_serving_process(lambda: started.append("here"))
        assert started == ["here"]


def test_the_service_is_as_old_as_its_server() -> None:
    age = service_age()
    assert age >= 0
    assert service_age() >= age


@pytest.fixture
def handlers_kept() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_whoever_handled_a_signal_still_does_after_we_were_told(handlers_kept: None) -> None:
    heard: list[str] = []
    signal.signal(signal.SIGTERM, lambda *_: heard.append("the server"))
    on_termination(lambda: heard.append("the clock"))
    signal.raise_signal(signal.SIGTERM)
    assert heard == ["the clock", "the server"]


def test_a_process_without_a_handler_ends_through_its_exit_handlers(handlers_kept: None) -> None:
    heard: list[str] = []
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    on_termination(lambda: heard.append("the clock"))
    with pytest.raises(SystemExit) as ended:
        signal.raise_signal(signal.SIGTERM)
    assert (heard, ended.value.code) == (["the clock"], 0)


def test_the_way_back_leaves_what_was_there_before(handlers_kept: None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    undo = on_termination(lambda: None)
    assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    undo()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_the_way_back_does_not_take_a_handler_from_somebody_else(handlers_kept: None) -> None:
    undo = on_termination(lambda: None)
    later = signal.signal(signal.SIGTERM, lambda *_: None)
    assert callable(later)
    present = signal.getsignal(signal.SIGTERM)
    undo()
    assert signal.getsignal(signal.SIGTERM) is present


def test_an_ignored_signal_stays_ignored(handlers_kept: None) -> None:
    heard: list[str] = []
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    on_termination(lambda: heard.append("the clock"))
    signal.raise_signal(signal.SIGINT)
    assert heard == []
