"""Statements whose text never changes, read past SQLAlchemy's machinery, which took half the time of a search."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def fetch(connection: Connection, text: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a statement in the driver's own language, within the transaction of `connection`.

    Listeners of the engine who count, time or refuse statements hear of it like of any other. Raises what SQLAlchemy
    would.
    """
    driver: Any = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    listeners = connection.engine.dispatch
    context = SimpleNamespace(dialect=connection.dialect)  # what listeners keep from before until after
    try:
        for tell in listeners.before_cursor_execute:
            tell(connection, cursor, text, parameters, context, False)
        cursor.execute(text, parameters)
        for tell in listeners.after_cursor_execute:
            tell(connection, cursor, text, parameters, context, False)
        return list(cursor.fetchall())
    except driver.Error as error:
        dialect = connection.dialect
        raise DBAPIError.instance(
            text, tuple(parameters), error, driver.Error, dialect=dialect, ismulti=False
        ) from error
    finally:
        cursor.close()
