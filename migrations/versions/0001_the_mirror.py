"""The mirror: accounts, sources, runs, listings, releases, stage, change log."""

import sqlalchemy as sa
from alembic import op

from app.models.base import BigInt, Flag, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("discogs_user_id", BigInt, nullable=True),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("username_key", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("sealed_token", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("discogs_user_id", name=op.f("uq_accounts_discogs_user_id")),
        sa.UniqueConstraint("username_key", name=op.f("uq_accounts_username_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "mirror_state",
        sa.Column("id", BigInt, autoincrement=False, nullable=False),
        sa.Column("version", BigInt, nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_mirror_state_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mirror_state")),
        sqlite_strict=True,
    )
    op.create_table(
        "releases",
        sa.Column("release_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("genres", sa.Text(), nullable=True),
        sa.Column("styles", sa.Text(), nullable=True),
        sa.Column("barcode", sa.Text(), nullable=True),
        sa.Column("master_id", BigInt, nullable=True),
        sa.Column("community_have", BigInt, nullable=True),
        sa.Column("community_want", BigInt, nullable=True),
        sa.Column("counted_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_releases")),
        sqlite_strict=True,
    )
    op.create_table(
        "sources",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_active", Flag(), nullable=False),
        sa.Column("config_digest", sa.Text(), nullable=True),
        sa.Column("last_pages", BigInt, nullable=True),
        sa.Column("hidden_rows", BigInt, nullable=False),
        sa.Column("paused_reason", sa.Text(), nullable=True),
        sa.Column("paused_credential", sa.Text(), nullable=True),
        sa.Column("not_before", UtcTime(), nullable=True),
        sa.CheckConstraint("kind IN ('inventory', 'collection')", name=op.f("ck_sources_kind")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sources_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("account_id", "kind", name=op.f("uq_sources_account_id_kind")),
        sqlite_strict=True,
    )
    op.create_table(
        "listings",
        sa.Column("listing_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("source_id", BigInt, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("updated_run_id", BigInt, nullable=False),
        sa.Column("removed_at", UtcTime(), nullable=True),
        sa.Column("removed_reason", sa.Text(), nullable=True),
        sa.Column("missing_since_run_id", BigInt, nullable=True),
        sa.Column("release_id", BigInt, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=True),
        sa.Column("sleeve_condition", sa.Text(), nullable=True),
        sa.Column("posted_at", UtcTime(), nullable=True),
        sa.Column("price_minor", BigInt, nullable=True),
        sa.Column("price_currency", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("artist", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("format", sa.Text(), nullable=True),
        sa.Column("catalog_number", sa.Text(), nullable=True),
        sa.Column("year", BigInt, nullable=True),
        sa.Column("comments", sa.Text(), nullable=True),
        sa.Column("ships_from", sa.Text(), nullable=True),
        sa.Column("allow_offers", Flag(), nullable=True),
        sa.Column("shipping_minor", BigInt, nullable=True),
        sa.Column("shipping_currency", sa.Text(), nullable=True),
        sa.Column("image_uri", sa.Text(), nullable=True),
        sa.Column("image_resource_url", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("weight", BigInt, nullable=True),
        sa.Column("format_quantity", BigInt, nullable=True),
        sa.Column("quantity", BigInt, nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("format_tokens", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_listings_source_id")),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_listings")),
        sqlite_strict=True,
    )
    op.create_index("ix_listings_release_id", "listings", ["release_id"], unique=False)
    op.create_index(
        "ix_listings_shop_order", "listings", ["removed_at", "status", "posted_at", "listing_id"], unique=False
    )
    op.create_index("ix_listings_source_live", "listings", ["source_id", "removed_at"], unique=False)
    op.create_table(
        "runs",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("source_id", BigInt, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("item_limit", BigInt, nullable=True),
        sa.Column("is_forced", Flag(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("queued_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("heartbeat_at", UtcTime(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("cancel_requested_at", UtcTime(), nullable=True),
        sa.Column("waiting_for", sa.Text(), nullable=True),
        sa.Column("pages_total", BigInt, nullable=True),
        sa.Column("pages_done", BigInt, nullable=False),
        sa.Column("items_total", BigInt, nullable=True),
        sa.Column("items_done", BigInt, nullable=False),
        sa.Column("requests", BigInt, nullable=False),
        sa.Column("probes", BigInt, nullable=False),
        sa.Column("added", BigInt, nullable=False),
        sa.Column("updated", BigInt, nullable=False),
        sa.Column("restored", BigInt, nullable=False),
        sa.Column("unchanged", BigInt, nullable=False),
        sa.Column("rejected", BigInt, nullable=False),
        sa.Column("removed", BigInt, nullable=False),
        sa.Column("missing", BigInt, nullable=False),
        sa.Column("live_before", BigInt, nullable=True),
        sa.Column("live_after", BigInt, nullable=True),
        sa.Column("is_complete", Flag(), nullable=True),
        sa.Column("has_identity", Flag(), nullable=True),
        sa.Column("view", sa.Text(), nullable=True),
        sa.Column("removal_digest", sa.Text(), nullable=True),
        sa.Column("data_digest", sa.Text(), nullable=True),
        sa.Column("confirms_run_id", BigInt, nullable=True),
        sa.CheckConstraint("kind IN ('sync', 'import', 'confirmation')", name=op.f("ck_runs_kind")),
        sa.CheckConstraint("state IN ('queued', 'running', 'finished')", name=op.f("ck_runs_state")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_runs_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sqlite_strict=True,
    )
    op.create_index("ix_runs_source_finished", "runs", ["source_id", "finished_at"], unique=False)
    op.create_index(
        "uq_runs_active",
        "runs",
        ["source_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_table(
        "changes",
        sa.Column("seq", BigInt, autoincrement=True, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("run_id", BigInt, nullable=False),
        sa.Column("source_id", BigInt, nullable=False),
        sa.Column("listing_id", BigInt, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("public_kind", sa.Text(), nullable=True),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_changes_run_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_changes_source_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_changes")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_changes_listing_id", "changes", ["listing_id"], unique=False)
    op.create_table(
        "held_removals",
        sa.Column("run_id", BigInt, nullable=False),
        sa.Column("listing_id", BigInt, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_held_removals_run_id")),
        sa.PrimaryKeyConstraint("run_id", "listing_id", name=op.f("pk_held_removals")),
        sqlite_strict=True,
    )
    op.create_table(
        "quarantined_items",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("run_id", BigInt, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("listing_id", BigInt, nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_quarantined_items_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined_items")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_quarantined_items_run_id"), "quarantined_items", ["run_id"], unique=False)
    op.create_table(
        "staged_listings",
        sa.Column("run_id", BigInt, nullable=False),
        sa.Column("listing_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("community_have", BigInt, nullable=True),
        sa.Column("community_want", BigInt, nullable=True),
        sa.Column("release_id", BigInt, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=True),
        sa.Column("sleeve_condition", sa.Text(), nullable=True),
        sa.Column("posted_at", UtcTime(), nullable=True),
        sa.Column("price_minor", BigInt, nullable=True),
        sa.Column("price_currency", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("artist", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("format", sa.Text(), nullable=True),
        sa.Column("catalog_number", sa.Text(), nullable=True),
        sa.Column("year", BigInt, nullable=True),
        sa.Column("comments", sa.Text(), nullable=True),
        sa.Column("ships_from", sa.Text(), nullable=True),
        sa.Column("allow_offers", Flag(), nullable=True),
        sa.Column("shipping_minor", BigInt, nullable=True),
        sa.Column("shipping_currency", sa.Text(), nullable=True),
        sa.Column("image_uri", sa.Text(), nullable=True),
        sa.Column("image_resource_url", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("weight", BigInt, nullable=True),
        sa.Column("format_quantity", BigInt, nullable=True),
        sa.Column("quantity", BigInt, nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("format_tokens", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_staged_listings_run_id")),
        sa.PrimaryKeyConstraint("run_id", "listing_id", name=op.f("pk_staged_listings")),
        sqlite_strict=True,
    )
    op.execute("INSERT INTO mirror_state (id, version) VALUES (1, 0)")


def downgrade() -> None:
    op.drop_table("staged_listings")
    op.drop_index(op.f("ix_quarantined_items_run_id"), table_name="quarantined_items")
    op.drop_table("quarantined_items")
    op.drop_table("held_removals")
    op.drop_index("ix_changes_listing_id", table_name="changes")
    op.drop_table("changes")
    op.drop_index(
        "uq_runs_active",
        table_name="runs",
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.drop_index("ix_runs_source_finished", table_name="runs")
    op.drop_table("runs")
    op.drop_index("ix_listings_source_live", table_name="listings")
    op.drop_index("ix_listings_shop_order", table_name="listings")
    op.drop_index("ix_listings_release_id", table_name="listings")
    op.drop_table("listings")
    op.drop_table("sources")
    op.drop_table("releases")
    op.drop_table("mirror_state")
    op.drop_table("accounts")
