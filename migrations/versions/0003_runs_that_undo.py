"""Runs that undo others: another kind of run, and which run it takes back."""

import sqlalchemy as sa
from alembic import op

from app.models.base import BigInt
from app.models.checks import change_check

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KINDS = "kind IN ('sync', 'import', 'confirmation')"
WITH_UNDO = "kind IN ('sync', 'import', 'confirmation', 'undo')"


def upgrade() -> None:
    change_check("runs", "ck_runs_kind", KINDS, WITH_UNDO)
    op.add_column("runs", sa.Column("undoes_run_id", BigInt, nullable=True))


def downgrade() -> None:
    op.drop_column("runs", "undoes_run_id")
    op.execute("UPDATE runs SET kind = 'confirmation' WHERE kind = 'undo'")
    change_check("runs", "ck_runs_kind", WITH_UNDO, KINDS)
