"""Browsers that are logged in, and those on the way."""

import sqlalchemy as sa
from alembic import op

from app.models.base import BigInt, UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "web_sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("used_at", UtcTime, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_web_sessions_account_id_accounts")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_web_sessions")),
        sqlite_strict=True,
    )
    op.create_table(
        "login_attempts",
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("browser_digest", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("next_path", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_login_attempts")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("login_attempts")
    op.drop_table("web_sessions")
