"""The inventory export: ask for it, poll it, download it as CSV or ZIP."""

import io
import zipfile
from dataclasses import dataclass
from datetime import timedelta

from . import paging, snapshots
from .messages import HttpError, Request, Response, json_response
from .viewer import Viewer
from .vocabulary import MUST_AUTHENTICATE, NO_RESOURCE, NOT_OWNER, PACIFIC, Json
from .world import World

FIRST_EXPORT_ID = 18_867_001


@dataclass
class ExportOptions:
    """How the next export jobs behave."""

    polls_until_done: int = 2
    as_zip: bool = False
    # Seen in clients only; Discogs documents no word for a job that still runs.
    pending_word: str = "pending"
    final_word: str = "success"
    omit_location: bool = False
    with_bom: bool = False


@dataclass
class _Job:
    id: int
    username: str
    created: str
    finished: str
    csv: bytes
    polls_left: int


class ExportJobs:
    """A job holds the shop of the moment it was asked for, whatever happens to the shop later."""

    def __init__(self, world: World, base: str) -> None:
        self.options = ExportOptions()
        self._world = world
        self._base = base
        self._jobs: dict[int, _Job] = {}

    def start(self, _request: Request, viewer: Viewer) -> Response:
        self._owner(viewer)
        if any(job.polls_left > 0 for job in self._jobs.values()):
            raise HttpError(409, "An inventory export is already in progress.")
        job = self._new_job()
        self._jobs[job.id] = job
        answer = json_response({})
        return answer if self.options.omit_location else answer.with_headers(("Location", self._url(job)))

    def page(self, request: Request, viewer: Viewer) -> Response:
        self._owner(viewer)
        # Sorted by nothing in particular, as upstream: clients must select by id.
        jobs = sorted(self._jobs.values(), key=lambda job: (job.id % 3, job.id))
        page = paging.turn_to(request.query, len(jobs), f"{self._base}/inventory/export")
        shown = [self._describe(job) for job in jobs[page.rows]]
        answer = json_response({"items": shown, "pagination": page.envelope()}, page=page.number, pages=page.pages)
        return answer.with_headers(*page.link_header())

    def one(self, _request: Request, viewer: Viewer, job_id: str) -> Response:
        self._owner(viewer)
        job = self._find(job_id)
        answer = json_response(self._describe(job))
        job.polls_left = max(0, job.polls_left - 1)
        return answer

    def download(self, _request: Request, viewer: Viewer, job_id: str) -> Response:
        self._owner(viewer)
        job = self._find(job_id)
        if job.polls_left > 0 or self.options.final_word != "success":
            raise HttpError(404, NO_RESOURCE)
        content = (b"\xef\xbb\xbf" if self.options.with_bom else b"") + job.csv
        if not self.options.as_zip:
            return self._file(content, _filename(job), "text/csv; charset=utf-8")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo(_filename(job)), content)
        return self._file(packed.getvalue(), f"{_filename(job)}.zip", "application/zip")

    def _owner(self, viewer: Viewer) -> None:
        if viewer.account is None:
            raise HttpError(401, MUST_AUTHENTICATE)
        if not viewer.owns(self._world.seller):
            raise HttpError(403, NOT_OWNER)

    def _new_job(self) -> _Job:
        now = self._world.now()
        return _Job(
            id=FIRST_EXPORT_ID + len(self._jobs),
            username=self._world.seller.username,
            created=_naive(now.astimezone(PACIFIC).isoformat()),
            finished=_naive((now + timedelta(seconds=1)).astimezone(PACIFIC).isoformat()),
            csv=snapshots.write(self._world.listings[key] for key in self._world.ids()),
            polls_left=self.options.polls_until_done,
        )

    def _find(self, job_id: str) -> _Job:
        job = self._jobs.get(int(job_id)) if job_id.isdecimal() else None
        if job is None:
            raise HttpError(404, NO_RESOURCE)
        return job

    def _url(self, job: _Job) -> str:
        return f"{self._base}/inventory/export/{job.id}"

    def _describe(self, job: _Job) -> Json:
        pending = job.polls_left > 0
        return {
            "created_ts": job.created,
            "download_url": f"{self._url(job)}/download",
            "filename": _filename(job),
            "finished_ts": "" if pending else job.finished,
            "id": job.id,
            "status": self.options.pending_word if pending else self.options.final_word,
            "url": self._url(job),
        }

    def _file(self, content: bytes, name: str, content_type: str) -> Response:
        answer = Response(body=content, content_type=content_type)
        return answer.with_headers(("Content-Disposition", f"attachment; filename={name}"))


def _naive(moment: str) -> str:
    """Without the zone: Discogs states the times of export jobs as Pacific wall time."""
    return moment[:19]


def _filename(job: _Job) -> str:
    stamp = job.created.replace("-", "").replace(":", "").replace("T", "-")[:13]
    return f"{job.username}-inventory-{stamp}.csv"
