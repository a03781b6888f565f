"""INSERT that knows what to do on a conflict: both databases can, each in a dialect of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(connection: Connection, table: Any) -> Any:
    """An INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`, in the dialect of the connection."""
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)
