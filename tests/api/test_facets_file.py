"""Facets are counted from a file of the present state, and from the rows where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.query import parse_query
from app.extensions import KEY
from app.search.facets import Facets
from app.services.inventory_service import InventoryService
from app.services.publishing import publish
from app.services.remembered import Remembered
from app.services.shop_files import FOLDER
from tests.builders import MirrorBuilder


def facets(app: Flask, **asked: str) -> Facets:
    """As a process that has just started counts them."""
    with app.app_context():
        app.extensions[KEY].latest_columns = Remembered()
        return InventoryService().facets(parse_query(list(asked.items())))


def file_of(app: Flask) -> Path:
    with app.app_context():
        assert publish(app.extensions[KEY].settings)
    [path] = (app.extensions[KEY].settings.instance_path / FOLDER).glob("*.facets")
    return path


def test_every_change_is_counted(app: Flask, mirror: MirrorBuilder) -> None:
    mirror.listings(3, artist="Björk")
    first = file_of(app)
    mirror.listing(artist="Björk")
    assert facets(app, artist="bjork")["total"] == 4
    assert file_of(app) != first
    assert facets(app)["total"] == 4


@pytest.mark.parametrize("damage", [b"", b"[1,", b"null\n", b'[1,"little 4",9,[]]\n'])
def test_a_damaged_file_is_made_anew(app: Flask, mirror: MirrorBuilder, damage: bytes) -> None:
    mirror.listing(artist="Björk", year=1993)
    path = file_of(app)
    whole = path.read_bytes()
    path.write_bytes(damage)
    assert facets(app, q="bjork")["years"] == [{"value": 1993, "count": 1}]
    assert path.read_bytes() == whole


def test_a_file_with_one_wrong_byte_is_made_anew(app: Flask, mirror: MirrorBuilder) -> None:
    mirror.listings(3, artist="Björk", year=1993)
    path = file_of(app)
    whole = path.read_bytes()
    path.write_bytes(whole[:-70] + bytes([whole[-70] ^ 0x55]) + whole[-69:])
    assert facets(app)["years"] == [{"value": 1993, "count": 3}]
    assert path.read_bytes() == whole


def test_no_room_for_the_file_costs_nobody_an_answer(app: Flask, client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(artist="Björk")
    folder = app.extensions[KEY].settings.instance_path / FOLDER
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    assert client.get("/api/facets?q=bjork").get_json()["total"] == 1
