"""A filled mirror behind the application, and a clock that stands at noon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app import extensions
from app.services.shop_index import ShopIndexWriter
from tests.builders import MirrorBuilder
from tests.conftest import FakeClock

Statements = list[str]


@pytest.fixture
def mirror(app: Flask, clock: FakeClock) -> MirrorBuilder:
    """The mirror of one shop, empty."""
    app.extensions[extensions.KEY].clock = clock
    with app.app_context():
        return MirrorBuilder(extensions.db.engine, ShopIndexWriter.of(app.extensions[extensions.KEY].settings))


@pytest.fixture
def counted(app: Flask, mirror: MirrorBuilder) -> Callable[[], Any]:
    """`with counted() as statements:` collects the SQL that is executed, without BEGIN and the like.

    The application answers by itself: no answer that was given before is given again.
    """
    front: Any = app.wsgi_app.application  # type: ignore[attr-defined]
    front.application = front.application.application

    @contextmanager
    def count() -> Iterator[Statements]:
        statements: Statements = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA")):
                statements.append(statement)

        event.listen(mirror.engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(mirror.engine, "before_cursor_execute", note)

    return count
