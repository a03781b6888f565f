"""Statements whose text never changes, read past SQLAlchemy's machinery, which took half the time of a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def fetch(connection: Connection, text: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a statement in the driver's own language, within the transaction of `connection`.

    Listeners of the engine who count or refuse statements hear of it like of any other. Raises what SQLAlchemy would.
    """
    driver: Any = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    try:
        for tell in connection.engine.dispatch.before_cursor_execute:
            tell(connection, cursor, text, parameters, None, False)
        cursor.execute(text, parameters)
        return list(cursor.fetchall())
    except driver.Error as error:
        dialect = connection.dialect
        raise DBAPIError.instance(
            text, tuple(parameters), error, driver.Error, dialect=dialect, ismulti=False
        ) from error
    finally:
        cursor.close()
