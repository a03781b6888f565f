"""Visitors who send or read too slowly: each keeps a thread of the server, so nobody may do so for long.

Gunicorn waits for ever once a request has begun. Here a request, and then its body, must be there within some seconds,
and somebody who reads an answer must take some of it now and then. A web server in front does the same for crowds.
"""

from __future__ import annotations

import errno
import logging
import select
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gunicorn.http.unreader import SocketUnreader
from gunicorn.http.wsgi import Response

SENT_WITHIN_S = 20.0
# Some of an answer; what still fits into buffers is taken for it, so that it lasts two or three times.
READS_WITHIN_S = 30.0
SNDTIMEO_OF_64_BITS = 67  # the option's number where time has 64 bits and `long` has not, as on small ARM machines
ENDS_AT = "waxmirror_ends_at"  # until when what is being read must be there
TOLD = "waxmirror_told"  # whether the kernel knows how long to wait for a reader


class Patience:
    """How long a worker waits for what a visitor sends, and for somebody to take what it sends."""

    def __init__(
        self,
        seconds: float = SENT_WITHIN_S,
        *,
        reads_within_s: float = READS_WITHIN_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self.reads_within_s = reads_within_s
        self._monotonic = monotonic

    def wait(self, unreader: SocketUnreader) -> None:
        """Wait for the next piece. Raises ConnectionResetError as if the visitor had gone."""
        now = self._monotonic()
        if not hasattr(unreader, ENDS_AT):
            setattr(unreader, ENDS_AT, now + self._seconds)
        if not hasattr(unreader, TOLD):  # once for a connection, however many requests come by it
            setattr(unreader, TOLD, True)
            _send_no_longer_than(unreader.sock, self.reads_within_s)
        left_s = getattr(unreader, ENDS_AT) - now
        if left_s <= 0 or not _has_come(unreader.sock, left_s):
            raise ConnectionResetError(errno.ECONNRESET, "sends too slowly")


def begin_anew(unreader: Any) -> None:
    """What was waited for is there: the next part has its own time."""
    vars(unreader).pop(ENDS_AT, None)


def lose_patience(patience: Patience) -> None:
    """Let the worker this is called in wait no longer."""
    read = SocketUnreader.chunk

    def chunk(unreader: SocketUnreader, size_hint: int | None = None) -> Any:
        patience.wait(unreader)
        return read(unreader, size_hint)

    SocketUnreader.chunk = chunk
    send = Response.sendfile

    def sendfile(response: Any, file: Any) -> Any:
        # Python waits for ever between two pieces of a file, whatever the kernel says, unless it is told otherwise.
        response.sock.settimeout(patience.reads_within_s)
        try:
            return send(response, file)
        except TimeoutError as error:
            raise BlockingIOError(errno.EAGAIN, "reads too slowly") from error
        finally:
            response.sock.settimeout(None)

    Response.sendfile = sendfile
    logging.getLogger("gunicorn.error").addFilter(_without_trace)


def _without_trace(record: logging.LogRecord) -> bool:
    """That somebody does not read is no failure of ours: one line of the log is enough."""
    if record.exc_info and isinstance(record.exc_info[1], BlockingIOError):
        record.msg, record.args, record.exc_info = "A visitor who reads too slowly was let go", (), None
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


def _send_no_longer_than(line: socket.socket, seconds: float) -> None:
    parts = "qq" if socket.SO_SNDTIMEO == SNDTIMEO_OF_64_BITS else "ll"
    with suppress(OSError):  # a system that has no such thing serves all the same
        line.setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack(parts, int(seconds), int(seconds % 1 * 1_000_000))
        )


def _has_come(line: socket.socket, within_s: float) -> bool:
    poll = select.poll()
    poll.register(line, select.POLLIN)
    return bool(poll.poll(within_s * 1000))
