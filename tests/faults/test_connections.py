"""What a sync opens it closes, and waits for no search for garbage: a server has 1024 open files, and so has a test."""

from __future__ import annotations

import gc

import pytest
import requests

from app.wire import exchange
from scripts.fake_discogs import FakeDiscogs
from tests.faults.test_fault_matrix import Make


def test_a_sync_closes_its_connections_when_it_ends(
    fake: FakeDiscogs, fresh_mirror: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[requests.Session] = []
    closed: list[bool] = []
    make = exchange.forgetful_session

    def watched() -> requests.Session:
        session = make()
        end = session.close
        session.close = lambda: (end(), closed.append(True))  # type: ignore[method-assign,func-returns-value]
        opened.append(session)
        return session

    monkeypatch.setattr(exchange, "forgetful_session", watched)
    mirror = fresh_mirror(fake)
    gc.disable()
    try:
        mirror.sync()
        assert (len(opened) > 0, len(closed)) == (True, len(opened))
    finally:
        gc.enable()
