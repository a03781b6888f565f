"""What a doctor finds about folders, rows, backups and whoever is told of changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from app.models import Change, CopyRow, ListingRow
from app.services.findings import Finding, Verdict
from app.services.scheduled_backups import copy_trouble, latest_backup
from app.services.webhook_ledger import position_of, waiting
from config import Settings

BACKUP = "flask --app run backup"


def about_files(folder: Path, database: Path | None) -> Finding:
    """Whether whoever runs this may write where it has to."""
    wanted = {folder, *([database.parent, database] if database else [])}
    closed = [str(path) for path in sorted(wanted) if path.exists() and not os.access(path, os.W_OK)]
    if closed:
        names = " ".join(closed)
        return Finding("permissions", Verdict.PROBLEM, f"this user cannot write {names}", f"chown it: {names}")
    return Finding("permissions", Verdict.OK, "this user may write the database and the instance folder")


def about_rows(connection: Connection) -> Finding:
    """What there is."""
    total, gone = connection.execute(select(func.count(), func.count(ListingRow.removed_at))).one()
    copies = connection.scalar(select(func.count()).select_from(CopyRow)) or 0
    newest = connection.scalar(select(func.max(Change.seq))) or 0
    detail = f"{total - gone} listings, {gone} that are gone, {copies} copies of collections, {newest} changes"
    return Finding("rows", Verdict.OK, detail)


def about_backups(engine: Engine, settings: Settings, now: datetime) -> Finding:
    """How old the newest backup is."""
    interval_h = settings.backup_interval_hours
    if trouble := copy_trouble(engine):
        problem, _, advice = trouble.partition(": ")
        advice += "; or copy the database in your own way and set BACKUP_BEFORE_MIGRATION=false"
        return Finding("backups", Verdict.WARNING, f"no backups can be made: {problem}", advice)
    try:
        latest = latest_backup(engine, settings, now)
    except OSError as error:
        return Finding("backups", Verdict.WARNING, f"they cannot be looked at ({error.strerror})", "chown their folder")
    if latest is None:
        if not interval_h:
            return Finding("backups", Verdict.WARNING, "there is no backup, and none is made by itself", BACKUP)
        return Finding("backups", Verdict.OK, "there is no backup yet; a server makes one within minutes")
    age_h = (now - latest).total_seconds() / 3600
    detail = f"the newest backup is {max(age_h, 0):.0f} h old"
    if interval_h and age_h > 2 * interval_h + 1:
        return Finding("backups", Verdict.WARNING, detail, f"look whether a server runs, or {BACKUP}")
    return Finding("backups", Verdict.OK, detail)


def overdue_backup(engine: Engine, settings: Settings, now: datetime) -> str | None:
    """What is wrong with backups that should make themselves; only a folder is looked at. None: nothing, or none of
    this process's business."""
    interval_h = settings.backup_interval_hours
    if not interval_h or settings.server_role == "web":
        return None
    try:
        latest = latest_backup(engine, settings, now)
    except OSError as error:
        return f"the backups cannot be looked at ({error.strerror})"
    age_h = 0.0 if latest is None else (now - latest).total_seconds() / 3600
    return f"the newest backup is {age_h:.0f} h old" if age_h > 2 * interval_h + 1 else None


def about_webhook(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """Whether whoever is to hear of changes takes them."""
    if settings.webhook_url is None:
        return
    position = position_of(connection, settings.webhook_url)
    left = waiting(connection, position.delivered_seq) if position is not None else 0
    if position is None or not position.failures:
        yield Finding("webhook", Verdict.OK, f"{left} changes wait to be told")
        return
    detail = f"WEBHOOK_URL answered {position.failures} times with {position.problem}: {left} changes wait"
    yield Finding("webhook", Verdict.WARNING, detail, "look whether the receiver runs; it is tried again by itself")
