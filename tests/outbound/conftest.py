"""Whoever is told what happens here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.extensions import db, wiring
from tests.builders import MirrorBuilder
from tests.conftest import FakeClock
from tests.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def mirror(app: Flask, clock: FakeClock) -> MirrorBuilder:
    with app.app_context():
        wiring().clock = clock
        return MirrorBuilder(db.engine)
