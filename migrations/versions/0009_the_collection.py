"""The collection and the wantlist: copies, folders, fields, wants; what hangs on a run is of any stream.

The way back forgets them: with the tables go the copies and wants, their sources, runs, changes, removals that wait and
items that could not be read. The next sync after coming up again fetches what Discogs still tells; tombstones, their
reasons and the moments at which things were first seen are lost. Take a backup before you downgrade.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.models.base import BigInt, Flag, UtcTime
from app.models.checks import change_check

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KINDS = "kind IN ('inventory', 'collection')"
WITH_WANTLIST = "kind IN ('inventory', 'collection', 'wantlist')"
HANGING_ON_RUNS = ("changes", "held_removals", "quarantined_items")
NEW = ("collection_fields", "collection_folders", "staged_wants", "wants", "staged_copies", "copies")
OTHERS = "source_id IN (SELECT id FROM sources WHERE kind <> 'inventory')"


def upgrade() -> None:
    change_check("sources", "ck_sources_kind", KINDS, WITH_WANTLIST)
    op.add_column("sources", sa.Column("is_public", Flag(), nullable=True))
    _rename("listing_id", "item_id")
    _create("copies", "instance_id", own={"release_id": False, "folder_id": True})
    op.create_index("ix_copies_source_live", "copies", ["source_id", "removed_at", "folder_id"])
    op.create_index("ix_copies_release_id", "copies", ["release_id"])
    _create("wants", "release_id", own={})
    op.create_index("ix_wants_source_live", "wants", ["source_id", "removed_at"])
    op.create_index("ix_wants_release_id", "wants", ["release_id"])
    _create_of_source(
        "collection_folders",
        "folder_id",
        [sa.Column("name", sa.Text(), nullable=False), _whole("copies")],
    )
    _create_of_source(
        "collection_fields",
        "field_id",
        [
            sa.Column("name", sa.Text(), nullable=False),
            sa.Column("kind", sa.Text(), nullable=False),
            _whole("position", nullable=True),
            sa.Column("is_public", Flag(), nullable=False),
            sa.Column("options", sa.Text(), nullable=False),
            _whole("lines", nullable=True),
        ],
    )


def downgrade() -> None:
    for table in NEW:
        op.drop_table(table)
    for table in ("held_removals", "quarantined_items"):
        op.execute(f"DELETE FROM {table} WHERE run_id IN (SELECT id FROM runs WHERE {OTHERS})")  # noqa: S608  own names
    for table in ("changes", "runs"):
        op.execute(f"DELETE FROM {table} WHERE {OTHERS}")  # noqa: S608  own names
    op.execute("DELETE FROM sources WHERE kind <> 'inventory'")
    _rename("item_id", "listing_id")
    op.drop_column("sources", "is_public")
    change_check("sources", "ck_sources_kind", WITH_WANTLIST, KINDS)


def _rename(before: str, after: str) -> None:
    """The key of what a run changed, held or could not read."""
    op.drop_index(f"ix_changes_{before}", table_name="changes")
    for table in HANGING_ON_RUNS:
        op.alter_column(table, before, new_column_name=after)
    op.create_index(f"ix_changes_{after}", "changes", [after])


def _create(table: str, key: str, *, own: dict[str, bool]) -> None:
    """The mirrored rows of a stream, and its stage; `own` are numbers that it alone has, and may they be NULL."""
    op.create_table(
        table,
        _whole("source_id"),
        _key(key),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        _whole("updated_run_id"),
        sa.Column("removed_at", UtcTime(), nullable=True),
        sa.Column("removed_reason", sa.Text(), nullable=True),
        _whole("missing_since_run_id", nullable=True),
        *_told(own),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f(f"fk_{table}_source_id")),
        sa.PrimaryKeyConstraint("source_id", key, name=op.f(f"pk_{table}")),
        sqlite_strict=True,
    )
    op.create_table(
        f"staged_{table}",
        _whole("run_id"),
        _key(key),
        sa.Column("verdict", sa.Text(), nullable=False),
        *_told(own),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f(f"fk_staged_{table}_run_id")),
        sa.PrimaryKeyConstraint("run_id", key, name=op.f(f"pk_staged_{table}")),
        sqlite_strict=True,
    )


def _told(own: dict[str, bool]) -> list[sa.Column[Any]]:
    """What Discogs owns of a row, and what is derived from it."""
    texts = ("notes", "title", "artist", "label", "catalog_number", "format", "genres", "styles", "thumb")
    return [
        *(_whole(name, nullable=nullable) for name, nullable in own.items()),
        _whole("rating", nullable=True),
        sa.Column("added_at", UtcTime(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=True) for name in (*texts, "cover_image")),
        _whole("year", nullable=True),
        _whole("master_id", nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("format_tokens", sa.Text(), nullable=False),
        sa.Column("told_at", UtcTime(), nullable=True),
    ]


def _create_of_source(table: str, key: str, columns: list[sa.Column[Any]]) -> None:
    op.create_table(
        table,
        _whole("source_id"),
        _key(key),
        *columns,
        sa.Column("removed_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f(f"fk_{table}_source_id")),
        sa.PrimaryKeyConstraint("source_id", key, name=op.f(f"pk_{table}")),
        sqlite_strict=True,
    )


def _whole(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, BigInt, nullable=nullable)


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, BigInt, autoincrement=False, nullable=False)
