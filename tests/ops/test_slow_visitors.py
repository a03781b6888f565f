"""Whoever sends too slowly is let go, whether nothing comes or a little now and then."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import pytest
from gunicorn.http.unreader import SocketUnreader

from app.ops.slow_visitors import Patience, begin_anew, lose_patience


@pytest.fixture
def lines() -> Iterator[tuple[socket.socket, SocketUnreader]]:
    """The visitor's end of a line, and the server's."""
    theirs, ours = socket.socketpair()
    with theirs, ours:
        yield theirs, SocketUnreader(ours)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A server that waits for a tenth of a second, and its time."""
    now = [100.0]
    monkeypatch.setattr(SocketUnreader, "chunk", SocketUnreader.chunk)  # put back at the end
    errors = logging.getLogger("gunicorn.error")
    monkeypatch.setattr(errors, "filters", list(errors.filters))
    lose_patience(Patience(0.1, monotonic=lambda: now[0]))
    return now


def test_who_sends_nothing_is_let_go(lines: tuple[socket.socket, SocketUnreader], hurried: list[float]) -> None:
    with pytest.raises(ConnectionResetError):
        lines[1].read()


def test_so_is_who_sends_a_little_now_and_then(
    lines: tuple[socket.socket, SocketUnreader], hurried: list[float]
) -> None:
    theirs, ours = lines
    for number in range(3):
        hurried[0] = 100 + number * 0.04
        theirs.sendall(b"a")
        assert ours.read() == b"a"
    hurried[0] = 100.11
    theirs.sendall(b"a")
    with pytest.raises(ConnectionResetError):
        ours.read()


def test_who_does_not_read_is_told_of_in_one_line(hurried: list[float], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gunicorn.error")
    try:
        raise BlockingIOError
    except BlockingIOError:
        logging.getLogger("gunicorn.error").exception("Socket error processing request.")
    (record,) = caplog.records
    assert (record.levelname, record.exc_info, "reads too slowly" in record.getMessage()) == ("INFO", None, True)


def test_the_next_part_has_its_own_time(lines: tuple[socket.socket, SocketUnreader], hurried: list[float]) -> None:
    theirs, ours = lines
    theirs.sendall(b"head")
    assert ours.read() == b"head"
    hurried[0] = 200.0
    begin_anew(ours)
    theirs.sendall(b"body")
    assert ours.read() == b"body"
