"""Changes told to an address of the owner's: in order, at least once, signed, however the receiver behaves."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.outcomes import Reason
from app.errors import StorageError
from app.extensions import db
from app.jobs.stop import Stop
from app.models import WebhookPosition
from app.services import webhook_delivery
from app.services.outbound import Timeouts
from app.services.webhook_delivery import LONGEST_PAUSE_S, WebhookDelivery
from app.services.webhook_ledger import WebhookLedger
from config import Secret, Settings
from tests.builders import MirrorBuilder
from tests.conftest import FakeClock
from tests.receiver import Receiver

SECRET = "webhook-canary-4711"


@pytest.fixture
def settings(base_settings: Settings, database_url: str, receiver: Receiver) -> Settings:
    address = Secret(f"{receiver.url}/hook/path-canary")
    return base_settings.replace(database_url=database_url, webhook_url=address, webhook_secret=Secret(SECRET))


@pytest.fixture
def deliver(app: Flask, mirror: MirrorBuilder) -> Callable[[], float]:
    """One look of one process; the address is known already."""
    numbers = count(1)

    def look(stop: Stop | None = None) -> float:
        with app.app_context():
            return WebhookDelivery(random=lambda: 1.0, new_id=lambda: str(next(numbers))).deliver(stop or Stop())

    look()
    return look


def told(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _method, _path, _headers, body in receiver.asked]


def ids(receiver: Receiver) -> list[str]:
    return [headers["webhook-id"] for _method, _path, headers, _body in receiver.asked]


def position(app: Flask) -> Any:
    with app.app_context(), db.engine.connect() as connection:
        return connection.execute(select(*WebhookPosition.__table__.c)).one()


def test_what_changes_is_told_as_the_feed_tells_it_and_signed(
    client: FlaskClient, mirror: MirrorBuilder, deliver: Callable[[], float], receiver: Receiver, clock: FakeClock
) -> None:
    mirror.change(5, "add", public_kind="add")
    mirror.change(5, "update", public_kind="update", fields={"price_value": ["18.50", "17.20"], "location": ["A", "B"]})
    mirror.change(6, "update", public_kind=None)
    deliver()
    [(method, path, headers, body)] = receiver.asked
    assert (method, path) == ("POST", "/hook/path-canary")
    assert json.loads(body) == client.get("/api/changes?since=0").get_json()
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(clock.now.timestamp()))
    deliver()
    assert len(receiver.asked) == 1


def test_a_new_address_begins_with_what_happens_from_then_on(
    app: Flask, mirror: MirrorBuilder, receiver: Receiver
) -> None:
    mirror.change(1, "add", public_kind="add")
    with app.app_context():
        WebhookDelivery().deliver(Stop())
        assert receiver.asked == []
        mirror.change(2, "add", public_kind="add")
        WebhookDelivery().deliver(Stop())
    assert [change["listing_id"] for change in told(receiver)[0]["changes"]] == ["2"]


def test_many_changes_come_in_order_and_in_parts(
    mirror: MirrorBuilder, deliver: Callable[[], float], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_delivery, "MOST_CHANGES", 3)
    for number in range(8):
        mirror.change(number, "add", public_kind="add")
    deliver()
    heard = [change["listing_id"] for message in told(receiver) for change in message["changes"]]
    assert heard == [str(number) for number in range(8)]
    assert len(set(ids(receiver))) == len(receiver.asked) == 3


@pytest.mark.parametrize("answer", [500, 404, 410, 301, 307, 0, 429])
def test_what_is_not_taken_is_sent_again_under_the_same_id(
    mirror: MirrorBuilder, deliver: Callable[[], float], receiver: Receiver, clock: FakeClock, answer: int
) -> None:
    receiver.answers = [answer, answer]
    mirror.change(1, "add", public_kind="add")
    deliver()
    deliver()  # too early
    assert len(receiver.asked) == 1
    clock.advance(seconds=15)
    deliver()
    mirror.change(2, "add", public_kind="add")  # comes with the next message
    clock.advance(seconds=30)
    deliver()
    assert receiver.paths() == ["/hook/path-canary"] * 4
    assert len(set(ids(receiver)[:3])) == 1
    assert len({body for _m, _p, _h, body in receiver.asked[:3]}) == 1
    assert [len(message["changes"]) for message in told(receiver)] == [1, 1, 1, 1]


def test_a_receiver_that_says_nothing_is_given_up_for_now(
    app: Flask,
    mirror: MirrorBuilder,
    deliver: Callable[[], float],
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.services.outbound.TIMEOUTS", Timeouts(connect=0.2, read=0.2, total=0.3))
    receiver.answers = [-1]
    mirror.change(1, "add", public_kind="add")
    deliver()
    assert position(app).failures == 1
    assert position(app).problem.startswith("net.")


def test_it_is_tried_ever_more_rarely_and_never_given_up(
    app: Flask, mirror: MirrorBuilder, deliver: Callable[[], float], receiver: Receiver, clock: FakeClock
) -> None:
    receiver.answers = [500] * 30
    mirror.change(1, "add", public_kind="add")
    pauses = []
    for _ in range(30):
        deliver()
        pauses.append((position(app).next_try_at - clock.now).total_seconds())
        clock.now = position(app).next_try_at
    assert pauses[:3] == [15, 30, 60]
    assert pauses[-1] == LONGEST_PAUSE_S
    deliver()
    assert position(app).failures == 0


def test_a_clock_that_was_wrong_does_not_keep_it_waiting(
    app: Flask, mirror: MirrorBuilder, deliver: Callable[[], float], receiver: Receiver, clock: FakeClock
) -> None:
    receiver.answers = [500]
    mirror.change(1, "add", public_kind="add")
    deliver()
    clock.advance(days=-400)
    deliver()
    assert position(app).failures == 0


def test_who_is_killed_before_it_is_ticked_off_sends_it_again(
    mirror: MirrorBuilder, deliver: Callable[[], float], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.change(1, "add", public_kind="add")

    def die(*_arguments: object) -> None:
        raise StorageError(Reason.DB_LOCKED, "killed")

    with monkeypatch.context() as dying:
        dying.setattr(WebhookLedger, "delivered", die)
        with pytest.raises(StorageError):
            deliver()
    mirror.change(2, "add", public_kind="add")
    deliver()
    first, again, last = receiver.asked
    assert (first[2]["webhook-id"], first[3]) == (again[2]["webhook-id"], again[3])
    assert [change["listing_id"] for change in json.loads(last[3])["changes"]] == ["2"]


def test_one_that_ends_is_not_held_up_and_counts_no_failure(
    app: Flask, mirror: MirrorBuilder, deliver: Callable[..., float], receiver: Receiver
) -> None:
    mirror.change(1, "add", public_kind="add")
    stop = Stop()
    stop.set()
    deliver(stop)
    assert receiver.asked == []
    assert position(app).failures == 0


def test_that_it_fails_is_told_without_the_address(
    client: FlaskClient,
    mirror: MirrorBuilder,
    deliver: Callable[[], float],
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver.answers = [500]
    mirror.change(1, "add", public_kind="add")
    deliver()
    reasons = " ".join(client.get("/health").get_json()["reasons"])
    assert "the webhook takes nothing since" in reasons
    assert "HTTP 500): 1 changes wait" in reasons
    assert "canary" not in reasons + caplog.text


def test_the_address_and_the_secret_are_in_no_column(
    app: Flask, mirror: MirrorBuilder, deliver: Callable[[], float], receiver: Receiver
) -> None:
    receiver.answers = [500]
    mirror.change(1, "add", public_kind="add")
    deliver()
    assert "canary" not in repr(tuple(position(app)))
    assert "127.0.0.1" not in repr(tuple(position(app)))
