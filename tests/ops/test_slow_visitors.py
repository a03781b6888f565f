"""Whoever sends too slowly is let go, whether nothing comes or a little now and then; so is who does not read."""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from gunicorn.http.unreader import SocketUnreader
from gunicorn.http.wsgi import FileWrapper, Response

from app.ops import slow_visitors
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
    for kind, name in ((SocketUnreader, "chunk"), (Response, "sendfile")):
        monkeypatch.setattr(kind, name, getattr(kind, name))  # put back at the end
    errors = logging.getLogger("gunicorn.error")
    monkeypatch.setattr(errors, "filters", list(errors.filters))
    lose_patience(Patience(0.1, reads_within_s=0.1, monotonic=lambda: now[0]))
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


@pytest.mark.timeout(20)
def test_who_takes_nothing_of_an_answer_is_let_go(
    lines: tuple[socket.socket, SocketUnreader], hurried: list[float]
) -> None:
    theirs, ours = lines
    theirs.sendall(b"GET")
    ours.read()
    with pytest.raises(BlockingIOError):
        ours.sock.sendall(bytes(4_000_000))


@pytest.mark.timeout(20)
def test_so_is_who_takes_nothing_of_a_file(
    lines: tuple[socket.socket, SocketUnreader], hurried: list[float], tmp_path: Path
) -> None:
    theirs, ours = lines
    theirs.sendall(b"GET")
    ours.read()
    asked = SimpleNamespace(version=(1, 1), method="GET", headers=[], should_close=lambda: True)
    answer = Response(asked, ours.sock, SimpleNamespace(is_ssl=False, sendfile=True))
    answer.start_response("200 OK", [("Content-Length", "4000000")])
    (tmp_path / "shop").write_bytes(bytes(4_000_000))
    with (tmp_path / "shop").open("rb") as file, pytest.raises(BlockingIOError):
        answer.write_file(FileWrapper(file))
    assert ours.sock.gettimeout() is None


@pytest.mark.parametrize(("number", "length"), [(67, 16), (21, 2 * struct.calcsize("l"))])
def test_the_kernel_is_told_in_as_many_bytes_as_it_wants(
    monkeypatch: pytest.MonkeyPatch, number: int, length: int
) -> None:
    told: list[tuple[int, int]] = []

    class Line:
        def setsockopt(self, _level: int, option: int, value: bytes) -> None:
            told.append((option, len(value)))
            raise OSError(22, "Invalid argument")

    monkeypatch.setattr(slow_visitors.socket, "SO_SNDTIMEO", number)
    slow_visitors._send_no_longer_than(Line(), 30)  # type: ignore[arg-type]
    assert told == [(number, length)]


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
