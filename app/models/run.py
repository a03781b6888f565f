"""Runs, what they held back, what they could not read, and the mirror's versions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigInt, Flag, UtcTime

ACTIVE = "state IN ('queued', 'running')"


class Run(Base):
    """One sync, import, confirmation or undoing of one source.

    `state` is queued, running or finished; `outcome` and `reason` are set when it is finished.
    """

    __tablename__ = "runs"
    __table_args__ = (
        # The second line behind the lock: at most one run of a source is queued or at work.
        Index(
            "uq_runs_active",
            "source_id",
            unique=True,
            sqlite_where=text(ACTIVE),
            postgresql_where=text(ACTIVE),
        ),
        Index("ix_runs_source_finished", "source_id", "finished_at"),
        CheckConstraint("kind IN ('sync', 'import', 'confirmation', 'undo')", name="kind"),
        CheckConstraint("state IN ('queued', 'running', 'finished')", name="state"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"))
    kind: Mapped[str] = mapped_column(Text)
    trigger: Mapped[str] = mapped_column(Text)  # startup, hourly, manual, cli, api, import
    state: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)
    item_limit: Mapped[int | None] = mapped_column(BigInt)
    is_forced: Mapped[bool] = mapped_column(Flag, default=False)
    adds_only: Mapped[bool | None] = mapped_column(Flag)  # it was asked to, or its source only ever adds
    owner: Mapped[str | None] = mapped_column(Text)
    queued_at: Mapped[datetime] = mapped_column(UtcTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    cancel_requested_at: Mapped[datetime | None] = mapped_column(UtcTime)
    waiting_for: Mapped[str | None] = mapped_column(Text)  # "12 s for Discogs", shown to people
    pages_total: Mapped[int | None] = mapped_column(BigInt)
    pages_done: Mapped[int] = mapped_column(BigInt, default=0)
    items_total: Mapped[int | None] = mapped_column(BigInt)
    items_done: Mapped[int] = mapped_column(BigInt, default=0)
    requests: Mapped[int] = mapped_column(BigInt, default=0)
    latest_item: Mapped[str | None] = mapped_column(Text)  # "Artist – Title" of what was read last
    probes: Mapped[int] = mapped_column(BigInt, default=0)
    added: Mapped[int] = mapped_column(BigInt, default=0)
    updated: Mapped[int] = mapped_column(BigInt, default=0)
    restored: Mapped[int] = mapped_column(BigInt, default=0)
    unchanged: Mapped[int] = mapped_column(BigInt, default=0)
    rejected: Mapped[int] = mapped_column(BigInt, default=0)
    removed: Mapped[int] = mapped_column(BigInt, default=0)
    missing: Mapped[int] = mapped_column(BigInt, default=0)  # live, absent, absence not confirmed yet
    live_before: Mapped[int | None] = mapped_column(BigInt)
    live_after: Mapped[int | None] = mapped_column(BigInt)
    is_complete: Mapped[bool | None] = mapped_column(Flag)
    has_identity: Mapped[bool | None] = mapped_column(Flag)
    view: Mapped[str | None] = mapped_column(Text)  # owner or stranger
    removal_digest: Mapped[str | None] = mapped_column(Text)  # of the ids this run would remove
    data_digest: Mapped[str | None] = mapped_column(Text)  # of the live rows after this run
    confirms_run_id: Mapped[int | None] = mapped_column(BigInt)
    undoes_run_id: Mapped[int | None] = mapped_column(BigInt)
    dismissed_at: Mapped[datetime | None] = mapped_column(UtcTime)  # a person said: what it held back stays


class HeldRemoval(Base):
    """One item whose removal a held run waits to be allowed. `item_id` is the key of its stream."""

    __tablename__ = "held_removals"
    __table_args__ = ({"sqlite_strict": True},)

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)


class QuarantinedItem(Base):
    """An item a run could not read: kept raw, with the reason, and shown."""

    __tablename__ = "quarantined_items"
    __table_args__ = ({"sqlite_strict": True},)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    place: Mapped[str] = mapped_column(Text)  # "page 3 row 17", "line 61"
    item_id: Mapped[int | None] = mapped_column(BigInt)
    problem: Mapped[str] = mapped_column(Text)
    raw: Mapped[str] = mapped_column(Text)


class Change(Base):
    """One entry of the change log. `seq` grows in commit order.

    `fields` is JSON: {name: [old, new]}, prices as exact decimal text. `public_kind` is what a visitor of the shop
    saw happen (add, update, remove, restore) or NULL when a visitor saw nothing (a draft, a private field).
    """

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_item_id", "item_id"),
        {"sqlite_strict": True, "sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"))
    item_id: Mapped[int] = mapped_column(BigInt)  # the key of its source's stream: listing, copy or release
    kind: Mapped[str] = mapped_column(Text)  # add, update, remove, restore; clear: gone with all that was known of it
    public_kind: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[str] = mapped_column(Text)


class MirrorState(Base):
    """The one row whose versions move whenever what is shown moves: the validators of every answer.

    `version` is the shop's, `shelf_version` that of the collections and wantlists.
    """

    __tablename__ = "mirror_state"
    __table_args__ = (CheckConstraint("id = 1", name="single"), {"sqlite_strict": True})

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInt)
    changed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    shop_digest: Mapped[str | None] = mapped_column(Text)  # how the documents of the shop were made, when they were
    shop_total: Mapped[int | None] = mapped_column(BigInt)  # how many there are
    shelf_version: Mapped[int] = mapped_column(BigInt, server_default="0")
    shelf_changed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    # Moves with each answer that is shown.
    enrichment_version: Mapped[int] = mapped_column(BigInt, server_default="0")
