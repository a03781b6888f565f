"""Change what a column may hold, in a migration: PostgreSQL changes the rule, SQLite needs another table."""

from __future__ import annotations

import re

from alembic import op
from sqlalchemy import Connection


def change_check(table: str, name: str, before: str, after: str) -> None:
    """Put the rule `after` in the place of the rule `before` of that name; rows, indexes and references stay.

    Raises RuntimeError when the table is not as the earlier migrations made it.
    """
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _rebuild(connection, table, before, after)
    else:
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, after)


def change_nullable(table: str, column: str, *, before: str, after: str) -> None:
    """Let a column hold NULL, or forbid it again. `before` and `after` are its words in SQLite's schema.

    Raises RuntimeError when the table is not as the earlier migrations made it.
    """
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _rebuild(connection, table, before, after)
    else:
        op.alter_column(table, column, nullable="NOT NULL" not in after)


def _rebuild(connection: Connection, table: str, before: str, after: str) -> None:
    """SQLite cannot change a constraint: the rows move into a table that differs in it alone."""
    schema = "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND type = ? AND sql IS NOT NULL"
    present = connection.exec_driver_sql(schema, (table, "table")).scalar_one()
    indexes = list(connection.exec_driver_sql(schema, (table, "index")).scalars())
    renamed = re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_anew", present)
    if renamed == present or before not in present:
        raise RuntimeError(f"the table of {table} is not as the earlier migrations made it")
    connection.exec_driver_sql(renamed.replace(before, after))
    connection.exec_driver_sql(f"INSERT INTO {table}_anew SELECT * FROM {table}")  # noqa: S608  our own names
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(f"ALTER TABLE {table}_anew RENAME TO {table}")
    for index in indexes:
        connection.exec_driver_sql(index)
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError(f"rows refer to {table} that are not there")
