"""Whether the database has the schema that this program was made for."""

from __future__ import annotations

from functools import cache

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from config import ROOT


def db_is_at_head(connection: Connection) -> bool:
    """Whether the database has the newest schema. Raises StorageError when it has none."""
    return list(connection.scalars(text("SELECT version_num FROM alembic_version"))) == [newest_schema()]


@cache
def newest_schema() -> str | None:
    """The newest revision this program brings along."""
    return ScriptDirectory(str(ROOT / "migrations")).get_current_head()
