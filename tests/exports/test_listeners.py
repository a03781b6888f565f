"""Many who follow an export, and go away without a word."""

from __future__ import annotations

import http.client
import threading
import time

import pytest
from flask import Flask
from werkzeug.serving import make_server

from app.api.event_stream import KEY, EventStreams
from tests.exports.conftest import Desk
from tests.jobs.waiting import until

LISTENERS = 50


class Fast:
    """Thirty times as fast as everybody's: a listener that went is noticed soon, and no stream ends by its age."""

    def __call__(self) -> float:
        return time.monotonic() * 30


@pytest.mark.parametrize("most", [LISTENERS, 4], ids=["all are told", "most are sent away"])
def test_fifty_listeners_leave_no_thread_behind(app: Flask, desk: Desk, admin: dict[str, str], most: int) -> None:
    never = threading.Event()
    app.extensions[KEY] = EventStreams(most, pause=lambda _: never.wait(0.2), monotonic=Fast())
    export_id = desk.submit()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        heard = [listen(server.port, f"/progress/{export_id}", admin) for _ in range(LISTENERS)]
        assert sorted(response.status for response in heard) == [200] * most + [503] * (LISTENERS - most)
        assert len(answering()) >= most
        for response in heard:
            response.close()
        until(lambda: not answering(), "nobody answers any more", 30.0)
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
    assert desk.job(export_id)["state"] == "queued", "who listens changes nothing"


def answering() -> list[str]:
    """The threads in which the server answers somebody; those of the fake Discogs are others."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if "process_request_thread" in name]


def listen(port: int, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={**headers, "Accept": "text/event-stream"})
    return connection.getresponse()  # which keeps the connection, as events have no end that is known
