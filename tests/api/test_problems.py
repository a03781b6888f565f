"""Errors of every kind."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.outcomes import Reason
from app.errors import StorageError
from app.services.inventory_service import InventoryService
from tests.builders import MirrorBuilder

PROBLEM = "application/problem+json"


def test_an_unknown_address(client: FlaskClient, mirror: MirrorBuilder) -> None:
    answer = client.get("/nowhere")
    assert answer.content_type == PROBLEM
    assert answer.get_json() | {"type": "about:blank", "title": "Not Found", "status": 404} == answer.get_json()


def test_a_method_that_is_not_allowed_says_which_are(client: FlaskClient, mirror: MirrorBuilder) -> None:
    answer = client.delete("/api/data")
    assert (answer.status_code, answer.content_type) == (405, PROBLEM)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b'{"force_full": ', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"force_full": "perhaps"}', "application/json", 400),
        (b'{"force_fully": true}', "application/json", 400),
        (b"force_full=true", "application/x-www-form-urlencoded", 415),
        (b'{"force_full": true}', "text/plain", 415),
        (b" " * (1024 * 1024 + 1), "application/json", 413),
    ],
)
def test_a_body_that_cannot_be_used(
    client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str], *, body: bytes, media_type: str, status: int
) -> None:
    answer = client.post("/api/sync/start", data=body, content_type=media_type, headers=admin)
    assert (answer.status_code, answer.content_type) == (status, PROBLEM)


def test_the_field_that_is_wrong_is_named(client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str]) -> None:
    answer = client.post("/api/sync/start", json={"force_full": "perhaps"}, headers=admin)
    assert list(answer.get_json()["errors"]) == ["force_full"]


def test_a_fault_of_ours_tells_nothing_of_itself(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: InventoryService) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(InventoryService, "numbers", fail)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.get("/api/stats")
    assert (answer.status_code, answer.content_type) == (500, PROBLEM)
    assert "secret" not in answer.get_data(as_text=True)


def test_a_database_that_does_not_answer_is_a_matter_of_waiting(
    client: FlaskClient, mirror: MirrorBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: InventoryService) -> None:
        raise StorageError(Reason.DB_LOCKED, "secret detail")

    monkeypatch.setattr(InventoryService, "state", fail)
    answer = client.get("/api/data")
    assert (answer.status_code, answer.content_type) == (503, PROBLEM)
    assert answer.headers["Retry-After"] == "5"
    assert "secret" not in answer.get_data(as_text=True)
