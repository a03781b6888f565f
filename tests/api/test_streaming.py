"""Answers that are sent while they are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain, count, repeat

import pytest
from flask import Flask

from app import extensions
from app.api.streaming import LONGEST_READ_S, streamed
from app.core.query import SearchQuery
from app.formats.json_listing import json_array
from app.services.inventory_service import FoundItems, InventoryService
from tests.builders import MirrorBuilder


@pytest.fixture
def service(app: Flask, mirror: MirrorBuilder) -> Iterator[InventoryService]:
    mirror.listings(2500)
    with app.test_request_context("/api/data"):
        yield InventoryService()


def array(found: FoundItems) -> Iterator[bytes]:
    return json_array(found.documents())


def open_connections() -> int:
    pool = extensions.db.engine.pool
    return pool.checkedout()  # type: ignore[attr-defined,no-any-return]


def test_an_answer_is_of_one_state(service: InventoryService, mirror: MirrorBuilder) -> None:
    response = streamed(service, SearchQuery(), array, mimetype="application/json")
    pieces = response.iter_encoded()
    first = next(pieces)
    mirror.listings(3)
    assert len(json.loads(first + b"".join(pieces))) == 2500


def test_an_answer_comes_in_batches_and_gives_its_connection_back(service: InventoryService) -> None:
    response = streamed(service, SearchQuery(), array, mimetype="application/json")
    pieces = [piece for piece in response.iter_encoded() if piece]
    assert [piece.count(b'"listing_id"') for piece in pieces] == [1000, 1000, 500, 0]
    assert open_connections() == 0


def test_a_visitor_who_leaves_gives_the_connection_back(service: InventoryService) -> None:
    response = streamed(service, SearchQuery(), array, mimetype="application/json")
    next(response.iter_encoded())
    assert open_connections() == 1
    response.close()
    assert open_connections() == 0


def test_a_slow_visitor_does_not_keep_the_database_waiting(service: InventoryService) -> None:
    ticks = chain([0.0], repeat(LONGEST_READ_S + 1))
    response = streamed(service, SearchQuery(), array, mimetype="application/json", clock=lambda: next(ticks))
    pieces = response.iter_encoded()
    first = next(pieces)
    assert open_connections() == 0
    assert len(json.loads(first + b"".join(pieces))) == 2500


def test_the_time_is_taken_from_the_first_row_on(service: InventoryService) -> None:
    ticks = count(0.0, 1.0)
    response = streamed(service, SearchQuery(limit=5), array, mimetype="application/json", clock=lambda: next(ticks))
    assert len(json.loads(b"".join(response.iter_encoded()))) == 5
