"""A shop and a collection that were mirrored from the fake Discogs, behind a server at which exports are asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask

from tests.exports.conftest import Desk

PATIENCE_S = 20.0


@dataclass(frozen=True)
class Office:
    """The desk of exports, and the application in front of it."""

    app: Flask
    desk: Desk

    def work(self) -> None:
        """Do the job that was asked for to its end."""
        with self.app.app_context():
            assert self.desk.work()

    @contextmanager
    def working_until(self, number: int) -> Iterator[threading.Event]:
        """Have the job done as far as the `number`-th release, which waits for the event, or for the block's end."""
        reached, go_on = threading.Event(), threading.Event()
        seen = iter(range(1, 10**6))

        def wait(_n: int, request: Any) -> None:
            if request.path.startswith("/releases/") and next(seen) == number:
                reached.set()
                go_on.wait(PATIENCE_S)

        self.desk.fake.before_request(wait)
        worker = threading.Thread(target=self.work)
        worker.start()
        try:
            assert reached.wait(PATIENCE_S), "the worker came that far"
            yield go_on
        finally:
            go_on.set()
            worker.join(PATIENCE_S)
