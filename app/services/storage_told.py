"""Trouble with the database, in words that a person at a terminal can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import StorageError
from app.extensions import db
from app.models.storage_advice import advice
from app.models.transactions import storage_errors


@contextmanager
def storage_told() -> Iterator[None]:
    """Whatever the database refuses inside becomes a StorageError whose detail says what to do. Needs an
    application context."""
    url = db.engine.url
    try:
        with storage_errors():
            yield
    except StorageError as trouble:
        raise StorageError(trouble.reason, advice(url, trouble)) from trouble
