"""Kill a process before its k-th SQL statement, for k = 1, 2, 3 … until it gets through."""

from __future__ import annotations

import gc
import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Engine, event

from app import create_app
from app.extensions import db
from config import Settings
from tests.conftest import dispose

SURVIVED = 0
RECOVER_EVERY = 5


def killed_at_statement(settings: Settings, work: Callable[[], object], at: int) -> bool:
    """Do `work` in a process of its own that dies before its `at`-th statement; False when it got through.

    BEGIN and COMMIT count as statements.
    """
    child = os.fork()
    if child == 0:
        gc.disable()  # it dies soon, and searching would copy what it shares with this process
        try:
            app = create_app(settings, start_clock=False)
            with app.app_context():
                arm(db.engine, at)
                work()
            os._exit(SURVIVED)
        except BaseException:
            traceback.print_exc()
            os._exit(99)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == SURVIVED
    return False


def arm(engine: Engine, at: int) -> None:
    """Count statements and die before the `at`-th."""
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(engine, "before_cursor_execute")
    def statement(*_arguments: Any) -> None:
        tick()

    @event.listens_for(engine, "commit")
    def commit(_connection: Connection) -> None:
        tick()


class Recoveries:
    """After which kills a restart is tried: the first, each that left another state than the one before it, and every
    fifth of those between. The state itself is looked at after each."""

    def __init__(self) -> None:
        self._last: object = None
        self._since = 0

    def is_due(self, state: object) -> bool:
        """Whether to try it after a kill that left this state."""
        self._since += 1
        if state == self._last and self._since < RECOVER_EVERY:
            return False
        self._last, self._since = state, 0
        return True


def in_app(settings: Settings, work: Callable[[Flask], Any]) -> Any:
    """Do something in an application of its own, as after a restart."""
    return looked_at(create_app(settings, start_clock=False), work)


def looked_at(app: Flask, work: Callable[[Flask], Any]) -> Any:
    """Do something in an application that is there; it keeps nothing open, and can look again after the next kill."""
    try:
        with app.app_context():
            return work(app)
    finally:
        dispose(app)
