"""Exports as their owner handles them: begin one, follow it, stop it, fetch it. Nobody sees another's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from app.core.export_wishes import ExportKind, parse_wish
from app.core.job_states import ENDED
from app.core.query import BadQuery
from app.errors import ExportsCrowded, FolderNotFound, JobNotFound
from app.extensions import db
from app.models.streams import INVENTORY
from app.models.transactions import read_transaction
from app.services.data_owners import DataOwner, source_of
from app.services.export_rows import ALL_FOLDERS
from app.services.export_sources import count_of_shop, folder_of, folders_of
from app.services.jobs_service import JobsService, Result
from app.services.release_cache import ReleaseCache

__all__ = ["ALL_FOLDERS", "ExportsService", "export_item"]
# A guest may wait for some, not fill the queue.
MOST_ACTIVE = 10
FACTS = ("cache_hits", "api_calls", "retries", "failed", "completed", "unknown", "left_out")
FILES = (ExportKind.FOLDER, ExportKind.BATCH, ExportKind.MARKETPLACE)


class ExportsService:
    """The exports of one account; with `sees_all` those of others can be followed and stopped, too."""

    def __init__(self, owner: DataOwner, *, sees_all: bool = False) -> None:
        self.owner = owner
        self._sees_all = sees_all
        self._jobs = JobsService()

    def folders(self) -> list[dict[str, Any]]:
        """The folders of the collection, all of it first. Raises NothingMirrored."""
        with read_transaction(db.engine) as connection:
            found = folders_of(connection, self.owner)
        return [
            {"id": each.folder_id, "name": each.name, "count": each.copies, "left_out": each.left_out} for each in found
        ]

    def folder(self, folder_id: int) -> dict[str, Any]:
        """One folder. Raises FolderNotFound, NothingMirrored."""
        for folder in self.folders():
            if folder["id"] == folder_id:
                return folder
        raise FolderNotFound(self.owner.username, folder_id)

    def shop(self) -> dict[str, Any]:
        """The shop of the account. Raises NothingMirrored."""
        with read_transaction(db.engine) as connection:
            return {"username": self.owner.username, "listings": count_of_shop(connection, self.owner)}

    def begin_folder(
        self, folder_id: int, wishes: Mapping[str, Any], kind: ExportKind = ExportKind.FOLDER
    ) -> dict[str, Any]:
        """Export a folder. Raises FolderNotFound, NothingMirrored, BadQuery, ExportsCrowded."""
        parse_wish(wishes)
        with read_transaction(db.engine) as connection:
            folder_of(connection, self.owner, folder_id)
        return self._begin(kind, {**wishes, "folder_id": folder_id})

    def begin_marketplace(self, wishes: Mapping[str, Any]) -> dict[str, Any]:
        """Export the shop. Raises NothingMirrored, BadQuery, ExportsCrowded."""
        parse_wish(wishes)
        with read_transaction(db.engine) as connection:
            source_of(connection, self.owner, INVENTORY.kind)
        return self._begin(ExportKind.MARKETPLACE, wishes)

    def begin_import(self, folders: list[int]) -> dict[str, Any]:
        """Read the releases of some folders ahead. Raises FolderNotFound, NothingMirrored, BadQuery, ExportsCrowded."""
        if not folders:
            raise BadQuery({"folders": "choose at least one folder"})
        known = {folder["id"] for folder in self.folders()}
        for unknown in [each for each in folders if each not in known]:
            raise FolderNotFound(self.owner.username, unknown)
        return self._begin(ExportKind.IMPORT, {"folders": folders})

    def export(self, export_id: str, kinds: Collection[ExportKind] = tuple(ExportKind)) -> dict[str, Any]:
        """One export. Raises JobNotFound, for those of others too."""
        return export_item(self._mine(export_id, kinds))

    def exports(self, kinds: Collection[ExportKind] = tuple(ExportKind), limit: int = 50) -> list[dict[str, Any]]:
        """The newest ones first."""
        found = self._jobs.newest(kinds=kinds, owner=self.owner.key, limit=limit)
        return [export_item(job) for job in found]

    def cancel(self, export_id: str) -> dict[str, Any]:
        """Stop one. Raises JobNotFound, JobEnded."""
        self._mine(export_id, tuple(ExportKind))
        return export_item(self._jobs.cancel(export_id))

    def result(self, export_id: str) -> Result:
        """The file of one that is done. Raises JobNotFound, JobNotDone, JobResultGone."""
        self._mine(export_id, FILES)
        return self._jobs.result(export_id)

    def cache_statistics(self) -> dict[str, int]:
        """How many releases are kept, and how many of them were read within a week."""
        found = ReleaseCache().statistics()
        return {"total_cached": found.total, "cached_last_week": found.last_week}

    def _begin(self, kind: ExportKind, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Queue it, unless the very same is on its way already."""
        wanted = {**parameters, "account": self.owner.id}
        active = [job for job in self._jobs.newest(kinds=tuple(ExportKind), owner=self.owner.key) if _is_active(job)]
        for job in active:
            if (job["kind"], job["parameters"]) == (kind, wanted):
                return export_item(job)
        if len(active) >= MOST_ACTIVE:
            raise ExportsCrowded(self.owner.username, MOST_ACTIVE)
        return export_item(self._jobs.submit(kind, wanted, owner=self.owner.key))

    def _mine(self, export_id: str, kinds: Collection[ExportKind]) -> dict[str, Any]:
        job = self._jobs.get(export_id)
        is_mine = self._sees_all or job["owner"] == self.owner.key
        if not is_mine or job["kind"] not in kinds:
            raise JobNotFound(export_id)
        return job


def export_item(job: Mapping[str, Any]) -> dict[str, Any]:
    """An export as JSON shows it. `total` is None until the rows were counted."""
    progress, details = job["progress"], job["details"]
    return {
        "export_id": job["id"],
        "kind": job["kind"],
        "status": job["state"],
        "processed": progress["done"],
        "total": progress["total"],
        "percent": progress["percent"],
        "per_second": progress["per_second"],
        "eta_seconds": progress["seconds_left"],
        **{name: details.get(name, 0) for name in FACTS},
        "errors": job["errors"],
        "error_count": job["error_count"],
        "problem": job["problem"],
        "parameters": {name: value for name, value in job["parameters"].items() if name != "account"},
        "file": job["result"],
        **{name: job[name] for name in ("created_at", "started_at", "not_before", "finished_at")},
    }


def _is_active(job: Mapping[str, Any]) -> bool:
    return job["state"] not in ENDED
