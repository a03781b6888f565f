"""Runs that undo others: another kind of run, and which run it takes back."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection

from app.models.base import BigInt

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KINDS = "kind IN ('sync', 'import', 'confirmation')"
WITH_UNDO = "kind IN ('sync', 'import', 'confirmation', 'undo')"


def upgrade() -> None:
    _allow(KINDS, WITH_UNDO)
    op.add_column("runs", sa.Column("undoes_run_id", BigInt, nullable=True))


def downgrade() -> None:
    op.drop_column("runs", "undoes_run_id")
    op.execute("UPDATE runs SET kind = 'confirmation' WHERE kind = 'undo'")
    _allow(WITH_UNDO, KINDS)


def _allow(before: str, after: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _rebuild(connection, before, after)
    else:
        op.drop_constraint(op.f("ck_runs_kind"), "runs", type_="check")
        op.create_check_constraint(op.f("ck_runs_kind"), "runs", after)


def _rebuild(connection: Connection, before: str, after: str) -> None:
    """SQLite cannot change a constraint: the rows move into a table that differs in it alone."""
    schema = "SELECT sql FROM sqlite_schema WHERE tbl_name = 'runs' AND type = '{}' AND sql IS NOT NULL"
    table = connection.exec_driver_sql(schema.format("table")).scalar_one()
    indexes = list(connection.exec_driver_sql(schema.format("index")).scalars())
    renamed = re.sub(r'^CREATE TABLE "?runs"?', "CREATE TABLE runs_anew", table)
    if renamed == table or before not in table:
        raise RuntimeError("the table of runs is not as the earlier migrations made it")
    connection.exec_driver_sql(renamed.replace(before, after))
    connection.exec_driver_sql("INSERT INTO runs_anew SELECT * FROM runs")
    connection.exec_driver_sql("DROP TABLE runs")
    connection.exec_driver_sql("ALTER TABLE runs_anew RENAME TO runs")
    for index in indexes:
        connection.exec_driver_sql(index)
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError("rows refer to runs that are not there")
