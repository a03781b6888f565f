"""Browsers that are logged in as the admin: a session without an account."""

from alembic import op

from app.models.checks import change_nullable

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WITH_ACCOUNT, WITHOUT = "account_id INTEGER NOT NULL", "account_id INTEGER"


def upgrade() -> None:
    change_nullable("web_sessions", "account_id", before=WITH_ACCOUNT, after=WITHOUT)


def downgrade() -> None:
    op.execute("DELETE FROM web_sessions WHERE account_id IS NULL")
    change_nullable("web_sessions", "account_id", before=WITHOUT, after=WITH_ACCOUNT)
