"""A real server pings around its first round and tells every change of it, also after it was killed."""

from __future__ import annotations

import json

import pytest

from scripts.fake_discogs import FakeDiscogs
from tests.jobs.waiting import until
from tests.receiver import Receiver, receiving
from tests.system.servers import Launcher

pytestmark = pytest.mark.system


def heard(receiver: Receiver) -> set[str]:
    bodies = [json.loads(body) for method, _path, _headers, body in receiver.asked if method == "POST"]
    return {change["listing_id"] for body in bodies for change in body["changes"]}


def test_everybody_who_is_to_hear_of_it_does(launcher: Launcher, discogs: FakeDiscogs) -> None:
    for_sale = {str(number) for number in discogs.world.ids("For Sale")}
    with receiving() as receiver:
        told = {
            "HEARTBEAT_START_URL": f"{receiver.url}/ping/start",
            "HEARTBEAT_SUCCESS_URL": f"{receiver.url}/ping",
            "WEBHOOK_URL": f"{receiver.url}/hook",
            "WEBHOOK_SECRET": "a-secret-of-the-test",
        }
        server = launcher.gunicorn(2, **told).wait_until_up()
        until(lambda: "/hook" in receiver.paths(), "the first message came", 30.0)
        server.destroy()
        added = str(discogs.world.add())
        launcher.gunicorn(2, **told).wait_until_up()
        until(lambda: heard(receiver) == {*for_sale, added}, "every listing was told of", 40.0)
        until(lambda: "/ping" in receiver.paths(), "a round was told to have ended well", 40.0)
        assert "/ping/start" in receiver.paths()
