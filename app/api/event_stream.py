"""Server-Sent Events: what changes is told when it changes, until it is over. Who cannot listen asks again instead.

Every stream keeps a thread of the server, so there are few at once; who comes beyond that is sent away for a while.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from flask import Flask, Response, current_app, request

from app.api.access import lasting_permission
from app.api.problems import problem
from app.errors import WaxmirrorError
from app.extensions import wiring
from app.formats.json_listing import json_bytes

KEY = "waxmirror.event_streams"
MEDIA_TYPE = "text/event-stream"
EVENT_SCHEMA = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
    "description": "`event`: progress or end; `data`: JSON",
}
MOST_STREAMS = 4  # half of the threads that start_server.sh gives a process
LOOK_EVERY_S = 1.0
HEARTBEAT_S = 5.0  # a listener that went is noticed by writing to it
LONGEST_S = 300.0
RETRY_S = 2
_never = threading.Event()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What there is to tell now; `is_last`: it will not change any more."""

    data: dict[str, Any]
    is_last: bool


class EventStreams:
    """The streams of one process. `pause` waits some seconds, `monotonic` counts them."""

    def __init__(
        self,
        most: int = MOST_STREAMS,
        *,
        pause: Callable[[float], object] = _never.wait,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._pause = pause
        self._monotonic = monotonic

    def answer(self, read: Callable[[], Snapshot], may_listen: Callable[[], bool] = lambda: True) -> Response:
        """A stream of what `read` gives, or 204 when the listener knows the end already; 503 when there are too many.

        `read` and `may_listen` are called without an application context.
        """
        known = request.headers.get("Last-Event-ID", "")
        first = read()
        if first.is_last and known == event_id(first):
            return Response(status=204)  # this is how a listener is told not to come again
        if request.method == "HEAD":
            return Response(mimetype=MEDIA_TYPE)
        if not self._free.acquire(blocking=False):
            return problem(503, "Too many listen at the moment; ask again.", headers={"Retry-After": str(RETRY_S)})
        service = wiring().clock_service
        events = self._events(read, may_listen, known, lambda: service is not None and service.is_stopping)
        response = Response(events, mimetype=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"})
        response.call_on_close(self._free.release)
        return response

    def _events(
        self, read: Callable[[], Snapshot], may_listen: Callable[[], bool], known: str, is_stopping: Callable[[], bool]
    ) -> Iterator[bytes]:
        yield b"retry: %d\n\n" % (RETRY_S * 1000)
        began = spoke = self._monotonic()
        while self._monotonic() - began < LONGEST_S and not is_stopping():
            try:
                if not may_listen():
                    return
                now = read()
            except WaxmirrorError:
                return  # the listener comes again, and is told then what is wrong
            if event_id(now) != known:
                known, spoke = event_id(now), self._monotonic()
                yield _event(now)
            elif self._monotonic() - spoke >= HEARTBEAT_S:
                spoke = self._monotonic()
                yield b": still here\n\n"
            if now.is_last:
                return
            self._pause(LOOK_EVERY_S)


def register(app: Flask) -> None:
    """Give the application its streams."""
    app.extensions[KEY] = EventStreams()


def event_stream(read: Callable[[], Snapshot]) -> Response:
    """What `EventStreams.answer` says, of the present application; nothing more to who logged out meanwhile."""
    streams: EventStreams = current_app.extensions[KEY]
    return streams.answer(read, lasting_permission())


def event_id(snapshot: Snapshot) -> str:
    """Equal for equal snapshots, whichever process tells them."""
    return blake2b(json_bytes([snapshot.data, snapshot.is_last]), digest_size=12).hexdigest()


def _event(snapshot: Snapshot) -> bytes:
    name = b"end" if snapshot.is_last else b"progress"
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event_id(snapshot).encode(), name, json_bytes(snapshot.data))
