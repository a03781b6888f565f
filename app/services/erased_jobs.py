"""Which jobs go with an account: its own, those that name it, and files of which nobody knows whose rows they hold."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select

from app.core.export_wishes import ExportKind
from app.core.job_states import JobState
from app.models import JobRow
from app.services import csv_export_job

J = JobRow.__table__.c
NAMING = ("account", "seller")
EXPORTS = frozenset({csv_export_job.KIND, *ExportKind})


def erase_jobs(connection: Connection, account_id: int, username: str) -> list[str]:
    """Delete the jobs of an account; those whose files are to go, too."""
    columns = (J.id, J.kind, J.owner, J.parameters, J.state, J.written, J.result_size)
    whose = {str(account_id), username.casefold()}
    found = [str(row.id) for row in connection.execute(select(*columns)) if _is_about(row, str(account_id), whose)]
    if found:
        gone = delete(JobRow).where(J.id == bindparam("job_id"))
        connection.execute(gone, [{"job_id": job_id} for job_id in found])
    return found


def _is_about(row: Row[*tuple[Any, ...]], owner: str, whose: set[str]) -> bool:
    if row.owner is not None:
        return bool(row.owner == owner)
    parameters = json.loads(row.parameters)
    named = {str(parameters[name]).casefold() for name in NAMING if parameters.get(name) is not None}
    return bool(named & whose) if named else row.kind in EXPORTS and _has_begun(row)


def _has_begun(row: Row[*tuple[Any, ...]]) -> bool:
    return row.state == JobState.RUNNING or row.written > 0 or row.result_size is not None
