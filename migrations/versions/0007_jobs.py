"""Background work that a person started: its state, how far it is, its result."""

import sqlalchemy as sa
from alembic import op

from app.models.base import BigInt, UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", BigInt, nullable=False),
        sa.Column("done", BigInt, nullable=False),
        sa.Column("total", BigInt, nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("begun_with", BigInt, nullable=False),
        sa.Column("errors", sa.Text(), nullable=False),
        sa.Column("error_count", BigInt, nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("attempts", BigInt, nullable=False),
        sa.Column("not_before", UtcTime, nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("written", BigInt, nullable=False),
        sa.Column("result_name", sa.Text(), nullable=True),
        sa.Column("result_type", sa.Text(), nullable=True),
        sa.Column("result_size", BigInt, nullable=True),
        sa.Column("expires_at", UtcTime, nullable=True),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("started_at", UtcTime, nullable=True),
        sa.Column("heartbeat_at", UtcTime, nullable=True),
        sa.Column("finished_at", UtcTime, nullable=True),
        sa.Column("cancel_requested_at", UtcTime, nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_jobs_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sqlite_strict=True,
    )
    op.create_index("ix_jobs_state_created_at", "jobs", ["state", "created_at"])


def downgrade() -> None:
    op.drop_table("jobs")
