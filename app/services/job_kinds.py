"""The kinds of jobs there are: what each may be asked, and who does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.export_wishes import ExportKind
from app.errors import EnrichmentBusy, JobUnknown
from app.services import csv_export_job, enrichment_job, export_jobs
from app.services.job_control import Job, JobControl
from app.services.job_ledger import Busy

Handler = Callable[[Job, JobControl], None]


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind. `check` raises BadQuery for parameters that cannot be used; `asks_discogs` lets the sync go first.

    With `busy` there is one at a time: it makes the error of the job that is queued or at work.
    """

    handler: Handler
    check: Callable[[Mapping[str, Any]], None]
    asks_discogs: bool = False
    busy: Busy | None = None


JobKinds = Mapping[str, JobKind]
KINDS: JobKinds = {
    csv_export_job.KIND: JobKind(csv_export_job.export_listings, csv_export_job.check_parameters),
    enrichment_job.KIND: JobKind(enrichment_job.enrich, enrichment_job.check_parameters, busy=EnrichmentBusy),
    # These ask Discogs for what is missing only, and look after the sync themselves then.
    ExportKind.FOLDER: JobKind(export_jobs.export_folder, export_jobs.check_folder),
    ExportKind.BATCH: JobKind(export_jobs.export_folder, export_jobs.check_folder),
    ExportKind.MARKETPLACE: JobKind(export_jobs.export_marketplace, export_jobs.check_marketplace),
    ExportKind.IMPORT: JobKind(export_jobs.import_cache, export_jobs.check_import),
}


def kind_named(name: str, kinds: JobKinds = KINDS) -> JobKind:
    """The kind of this name. Raises JobUnknown."""
    if name not in kinds:
        raise JobUnknown(name, sorted(kinds))
    return kinds[name]
