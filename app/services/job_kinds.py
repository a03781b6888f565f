"""The kinds of jobs there are: what each may be asked, and who does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import JobUnknown
from app.services import csv_export_job
from app.services.job_control import Job, JobControl

Handler = Callable[[Job, JobControl], None]


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind. `check` raises BadQuery for parameters that cannot be used; `asks_discogs` lets the sync go first."""

    handler: Handler
    check: Callable[[Mapping[str, Any]], None]
    asks_discogs: bool = False


JobKinds = Mapping[str, JobKind]
KINDS: JobKinds = {
    csv_export_job.KIND: JobKind(csv_export_job.export_listings, csv_export_job.check_parameters),
}


def kind_named(name: str, kinds: JobKinds = KINDS) -> JobKind:
    """The kind of this name. Raises JobUnknown."""
    if name not in kinds:
        raise JobUnknown(name, sorted(kinds))
    return kinds[name]
