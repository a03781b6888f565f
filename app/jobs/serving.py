"""Which process serves, and how it learns that it must end."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

import click
from flask import Flask
from flask.helpers import get_debug_flag

from app.ops.uptime import is_gunicorn

Handler = Callable[[int, FrameType | None], object] | int | None


def wants_clock(app: Flask) -> bool:
    """Whether this process serves: no command but `flask run`, no test, no reloader's parent."""
    if app.testing or "pytest" in sys.modules:
        return False
    context = click.get_current_context(silent=True)
    if context is not None and not _is_flask_run(context):
        return False
    return is_gunicorn() or not _wants_reloader(context) or os.environ.get("WERKZEUG_RUN_MAIN") == "true"


def is_gunicorn_master() -> bool:
    """Whether this is gunicorn's master, which loads the application before it forks: `--preload`."""
    # A worker has gunicorn's handlers before it loads the application, the master gets its own after that.
    return is_gunicorn() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def in_serving_process(start: Callable[[], None]) -> None:
    """Call `start` here, or in each worker when this is gunicorn's master and nothing else survives the fork."""
    if is_gunicorn_master():
        os.register_at_fork(after_in_child=start)
    else:
        start()


def on_termination(tell: Callable[[], None]) -> Callable[[], None]:
    """Call `tell` when this process is asked to end, before whoever handles that signal now; returns the way back.

    `tell` runs inside a signal handler: it must neither wait nor take a lock.
    """
    ours: dict[int, tuple[Handler, Handler]] = {}
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        if _may_set_handlers() and before is not signal.SIG_IGN:
            handler = _handler(tell, before)
            ours[number] = (handler, before)
            signal.signal(number, handler)

    def undo() -> None:
        for number, (handler, before) in ours.items():
            if _may_set_handlers() and signal.getsignal(number) is handler:
                signal.signal(number, before)

    return undo


def _may_set_handlers() -> bool:
    return threading.current_thread() is threading.main_thread()


def _handler(tell: Callable[[], None], before: Handler) -> Handler:
    def handle(number: int, frame: FrameType | None) -> None:
        tell()
        if callable(before):
            before(number, frame)
        else:
            # The default would end the process without its exit handlers.
            sys.exit(0)

    return handle


def _is_flask_run(context: click.Context) -> bool:
    is_top_level = context.parent is not None and context.parent.parent is None
    return context.info_name == "run" and is_top_level


def _wants_reloader(context: click.Context | None) -> bool:
    asked = context.params.get("reload") if context is not None else None
    return get_debug_flag() if asked is None else bool(asked)
