"""Which schemas this release knows: those of its migrations. Any other was made by a newer one."""

from __future__ import annotations

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from app.errors import SchemaUnknown
from config import ROOT


def known_schemas() -> frozenset[str]:
    """The revisions of all migrations that are here."""
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    return frozenset(revision.revision for revision in scripts.walk_revisions())


def stated_schemas(connection: Connection) -> list[str]:
    """What the database says of its schema: one revision, unless somebody wrote there by hand."""
    return [str(schema) for schema in connection.scalars(text("SELECT version_num FROM alembic_version"))]


def refuse_unknown_schema(connection: Connection) -> None:
    """Raise SchemaUnknown where a newer release was at work; a database without a schema is none of its."""
    if not inspect(connection).has_table("alembic_version"):
        return
    if unknown := set(stated_schemas(connection)) - known_schemas():
        raise SchemaUnknown(*sorted(unknown))
