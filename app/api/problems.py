"""Everything that goes wrong, as application/problem+json (RFC 9457). No exception's own text goes out."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import marshmallow as ma
from flask import Flask, Response
from gunicorn.http.errors import NoMoreData, ParseException
from werkzeug.exceptions import HTTPException

from app import errors
from app.api.access import challenge
from app.core.outcomes import Reason
from app.core.query import BadQuery
from app.formats.json_listing import json_bytes
from app.ops.logging import request_id
from app.services.jobs_service import JobsService
from app.services.shop_statistics import iso
from app.services.status_service import StatusService

logger = logging.getLogger(__name__)
# Per reason the sentence, and the seconds after which it is worth asking again.
STORAGE = {
    Reason.DB_LOCKED: ("The database is busy at the moment.", "5"),
    Reason.DB_UNREACHABLE: ("The database server cannot be reached at the moment.", "5"),
    Reason.DB_FULL: ("The disk of the database is full: nothing can be stored.", "60"),
    Reason.DB_READONLY: ("The database cannot be written or opened.", "60"),
    Reason.DB_CORRUPT: ("The database is damaged. Restore a backup.", "60"),
    Reason.DB_SCHEMA: ("The database has another schema than this version needs. Upgrade it.", "60"),
}
MEDIA_TYPE = "application/problem+json"


class ProblemSchema(ma.Schema):
    """What every error looks like. Some tell more: a removed listing when and why it went, a conflict which run."""

    class Meta:
        unknown = ma.INCLUDE

    type = ma.fields.String(required=True, metadata={"description": "about:blank: the status says it all"})
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String()
    request_id = ma.fields.String(metadata={"description": "of X-Request-ID; the log's lines about it name it, too"})
    errors = ma.fields.Dict(metadata={"description": "what is wrong, by parameter"})


def register(app: Flask) -> None:
    """Answer errors of every kind with a problem."""
    app.register_error_handler(HTTPException, _http)
    for unreadable in (ParseException, NoMoreData):
        app.register_error_handler(unreadable, _unreadable)
    app.register_error_handler(BadQuery, _bad_query)
    app.register_error_handler(errors.ListingNotFound, lambda _: problem(404, "There is no such listing."))
    app.register_error_handler(errors.ListingGone, _gone)
    app.register_error_handler(errors.CollectionPrivate, _private)
    app.register_error_handler(errors.AlbumNotFound, lambda _: problem(404, "There is no such album."))
    app.register_error_handler(errors.AlbumGone, _album_gone)
    app.register_error_handler(errors.ReleaseUnread, lambda _: problem(404, "This release was not read yet."))
    app.register_error_handler(errors.SourceNotFound, lambda _: problem(404, "There is no such source."))
    app.register_error_handler(errors.RunNotFound, lambda _: problem(404, "There is no such run."))
    app.register_error_handler(errors.RunNotHeld, _not_held)
    app.register_error_handler(errors.NothingMayLeave, _nothing_may_leave)
    app.register_error_handler(errors.NothingToUndo, _nothing_to_undo)
    app.register_error_handler(errors.PlanChanged, _plan_changed)
    app.register_error_handler(errors.SyncBusy, _busy)
    app.register_error_handler(errors.EnrichmentBusy, _enriching)
    app.register_error_handler(errors.NothingEnriches, _nothing_enriches)
    app.register_error_handler(errors.SubjectUnknown, lambda _: problem(404, "There is no such release or artist."))
    app.register_error_handler(errors.JobNotFound, lambda _: problem(404, "There is no such job."))
    app.register_error_handler(errors.JobUnknown, _job_unknown)
    app.register_error_handler(errors.JobInOtherState, _job_in_other_state)
    app.register_error_handler(errors.JobResultGone, _result_gone)
    app.register_error_handler(errors.FolderNotFound, lambda _: problem(404, "There is no such folder."))
    app.register_error_handler(
        errors.ExportImpossible, lambda error: problem(409, f"This cannot be exported: {error}.")
    )
    app.register_error_handler(errors.ConfigurationError, _not_configured)
    app.register_error_handler(errors.TooManyGuesses, _too_many_guesses)
    app.register_error_handler(errors.StorageError, _storage)


def problem(status: int, detail: str, *, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """A problem document."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    if (name := request_id.get()) is not None:
        body["request_id"] = name
    return Response(json_bytes(body), status=status, headers=headers, mimetype=MEDIA_TYPE)


def _http(error: HTTPException) -> Response | HTTPException:
    """Also what the argument parser refuses; the headers an error must have (Allow, …) are kept."""
    if error.code is None or error.response is not None:
        return error
    headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    told = getattr(error, "data", None) or {}
    if error.code == 422 or "messages" in told:
        detail = "The request cannot be understood."
        return problem(400, detail, headers=headers, errors=_by_field(told.get("messages", {})))
    detail = (error.description or "") if error.code < 500 else "The server failed to answer. Its log says why."
    return problem(error.code, detail, headers=headers)


def _unreadable(_: Exception) -> Response:
    """Gunicorn finds out while the body is read. What follows on this line may be anything: it is not listened to."""
    return problem(400, "The body is not in the form that its headers tell.", headers={"Connection": "close"})


def _by_field(messages: dict[str, Any]) -> dict[str, Any]:
    """Without the place in the request (json, query) that the parser puts first."""
    fields: dict[str, Any] = {}
    for place, told in messages.items():
        fields |= told if isinstance(told, dict) else {place: told}
    return fields


def _bad_query(error: BadQuery) -> Response:
    return problem(400, "Some parameters cannot be used.", errors=error.problems)


def _gone(error: errors.ListingGone) -> Response:
    return problem(
        410,
        "This listing is no longer for sale.",
        listing_id=error.listing_id,
        removed_at=iso(error.removed_at),
        reason=str(error.reason),
    )


def _private(_: errors.CollectionPrivate) -> Response:
    detail = "This is for the owner of the collection: log in with Discogs, or send Authorization: Bearer …"
    return problem(401, detail, headers={"WWW-Authenticate": challenge().to_header()})


def _album_gone(error: errors.AlbumGone) -> Response:
    detail = "This album has left the collection."
    return problem(410, detail, album_id=error.album_id, removed_at=iso(error.removed_at))


def _not_held(error: errors.RunNotHeld) -> Response:
    return problem(
        409, "Only a run that is held can be confirmed or dismissed.", run_id=error.run_id, outcome=error.outcome
    )


def _nothing_may_leave(error: errors.NothingMayLeave) -> Response:
    detail = "This source is add_only now (INVENTORY_SYNC_POLICY): nothing is removed from it."
    return problem(409, detail, run_id=error.run_id)


def _nothing_to_undo(error: errors.NothingToUndo) -> Response:
    return problem(409, "This run removed nothing: there is nothing to undo.", run_id=error.run_id)


def _plan_changed(error: errors.PlanChanged) -> Response:
    detail = "The mirror changed since this run was held. Look at the newer run instead."
    return problem(409, detail, run_id=error.run_id, latest_run_id=error.latest_run_id)


def _busy(error: errors.SyncBusy) -> Response:
    return problem(409, "A sync is queued or at work already.", run=StatusService().active_run(error.run_id))


def _enriching(error: errors.EnrichmentBusy) -> Response:
    return problem(409, "A batch is queued or at work already.", job=JobsService().get(error.job_id))


def _nothing_enriches(error: errors.NothingEnriches) -> Response:
    return problem(409, f"No provider is configured. {'; '.join(error.why)}.")


def _job_unknown(error: errors.JobUnknown) -> Response:
    return problem(400, "There are no such jobs.", errors={"kind": f"must be one of {', '.join(error.known)}"})


def _job_in_other_state(error: errors.JobInOtherState) -> Response:
    told = {
        errors.JobEnded: "This job has ended already.",
        errors.JobNotEnded: "Only a job that failed or was cancelled can be begun anew.",
    }
    detail = told.get(type(error), "This job is not done, or makes no file.")
    return problem(409, detail, job_id=error.job_id, state=error.state)


def _result_gone(error: errors.JobResultGone) -> Response:
    return problem(410, "The file this job made is not kept any more.", job_id=error.job_id)


def _not_configured(error: errors.ConfigurationError) -> Response:
    return problem(409, " ".join(error.problems))


def _too_many_guesses(error: errors.TooManyGuesses) -> Response:
    minutes = -(-error.retry_after // 60)
    detail = f"The admin token was guessed too often. None is looked at from here for the next {minutes} minutes."
    heading = "The door is shut for a while"
    return problem(429, detail, headers={"Retry-After": str(error.retry_after)}, heading=heading)


def _storage(error: errors.StorageError) -> Response:
    logger.error("The database refused: %s", error)
    told, retry_after = STORAGE[error.reason] if error.reason in STORAGE else STORAGE[Reason.DB_LOCKED]
    return problem(503, told, headers={"Retry-After": retry_after}, reason=str(error.reason))
