"""What others know of the records: questions, answers, decisions of people, and how the providers do.

The way back forgets all of it, also what people wrote. Take a backup before you downgrade.
"""

import sqlalchemy as sa
from alembic import op

from app.models.base import BigInt, Flag, UtcTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STAGES = ("staged_listings", "staged_copies", "staged_wants")
SUBJECT = ("subject_kind", "subject_key", "field")


def upgrade() -> None:
    for stage in STAGES:
        op.add_column(stage, sa.Column("artist_key", sa.Text(), nullable=True))
    op.add_column("mirror_state", sa.Column("enrichment_version", BigInt, nullable=False, server_default="0"))
    op.create_table(
        "enrichments",
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*SUBJECT, "provider")),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_new", Flag(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("score", sa.Float().with_variant(sa.REAL(), "sqlite"), nullable=True),
        sa.Column("attempts", BigInt, nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("wanted_at", UtcTime, nullable=False),
        sa.Column("asked_at", UtcTime, nullable=True),
        sa.Column("answered_at", UtcTime, nullable=True),
        sa.Column("again_at", UtcTime, nullable=True),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.CheckConstraint("subject_kind IN ('release', 'artist')", name=op.f("ck_enrichments_subject_kind")),
        sa.CheckConstraint("state IN ('wanted', 'done', 'nothing', 'failed')", name=op.f("ck_enrichments_state")),
        sa.PrimaryKeyConstraint(*SUBJECT, "provider", name=op.f("pk_enrichments")),
        sqlite_strict=True,
    )
    op.create_index("ix_enrichments_state_is_new_wanted_at", "enrichments", ["state", "is_new", "wanted_at"])
    op.create_index("ix_enrichments_batch", "enrichments", ["batch"])
    op.create_table(
        "enrichment_choices",
        *(sa.Column(name, sa.Text(), nullable=False) for name in SUBJECT),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("is_pinned", Flag(), nullable=False),
        sa.Column("is_hidden", Flag(), nullable=False),
        sa.Column("changed_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint(*SUBJECT, name=op.f("pk_enrichment_choices")),
        sqlite_strict=True,
    )
    op.create_table(
        "enrichment_providers",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("requests", BigInt, nullable=False),
        sa.Column("failures", BigInt, nullable=False),
        sa.Column("open_until", UtcTime, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_enrichment_providers")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for table in ("enrichment_providers", "enrichment_choices", "enrichments"):
        op.drop_table(table)
    op.drop_column("mirror_state", "enrichment_version")
    for stage in STAGES:
        op.drop_column(stage, "artist_key")
