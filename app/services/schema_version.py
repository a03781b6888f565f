"""Which schema the database has, which of them this release knows, and which one it was made for."""

from __future__ import annotations

from functools import cache

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from app.errors import SchemaUnknown
from config import ROOT


@cache
def newest_schema() -> str | None:
    """The newest revision this program brings along."""
    return _migrations().get_current_head()


def known_schemas() -> frozenset[str]:
    """The revisions of all migrations that are here; any other was made by a newer release."""
    return frozenset(revision.revision for revision in _migrations().walk_revisions())


def stated_schemas(connection: Connection) -> list[str]:
    """What the database says of its schema: one revision, unless somebody wrote there by hand. Raises StorageError when
    it has none."""
    return [str(schema) for schema in connection.scalars(text("SELECT version_num FROM alembic_version"))]


def db_is_at_head(connection: Connection) -> bool:
    """Whether the database has the newest schema. Raises StorageError when it has none."""
    return stated_schemas(connection) == [newest_schema()]


def refuse_unknown_schema(connection: Connection) -> None:
    """Raise SchemaUnknown where a newer release was at work; a database without a schema is none of its."""
    if not inspect(connection).has_table("alembic_version"):
        return
    if unknown := set(stated_schemas(connection)) - known_schemas():
        raise SchemaUnknown(*sorted(unknown))


def _migrations() -> ScriptDirectory:
    return ScriptDirectory(str(ROOT / "migrations"))
