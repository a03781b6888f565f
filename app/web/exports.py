"""Exports of folders and shops: what there is, begin one, follow it, fetch it; and reading releases ahead of them.

For the admin and for whoever is logged in, each with their own data. A page and JSON at the same address.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for
from werkzeug import Response as WerkzeugResponse

from app.api.bodies import json_body
from app.api.described import described
from app.api.event_stream import MEDIA_TYPE as EVENTS
from app.api.event_stream import Snapshot, event_stream
from app.api.file_answer import file_answer
from app.api.header_docs import LOCATION, RESULT
from app.api.json_answer import json_answer
from app.api.problems import problem
from app.core.export_wishes import ExportKind
from app.core.job_states import ENDED
from app.core.query import BadQuery
from app.errors import AccountNotFound
from app.services.exports_service import ALL_FOLDERS
from app.web.export_asking import (
    ACCOUNT,
    PAGE_OR_JSON,
    WISH_PARAMETERS,
    begins_at_once,
    begun,
    exports,
    same_account,
    shown,
    wants_events,
    wishes,
    with_addresses,
)

blueprint = Blueprint("exports", __name__)
NOT_MIRRORED = {409: "Nothing was mirrored yet, or ten exports of the account are on their way", 404: "No such thing"}
BEGUN: dict[str, Any] = {
    "parameters": WISH_PARAMETERS,
    "status": 202,
    "headers": LOCATION,
    "answers": {
        **NOT_MIRRORED,
        200: "The page that asks what to export, for who prefers pages",
        303: "To the progress, for who prefers pages",
        403: "Not sent by a page of this shop",
        415: "Neither a form nor JSON",
    },
    **PAGE_OR_JSON,
}
FOLLOWED: dict[str, Any] = {
    "parameters": [ACCOUNT],
    "answers": {**NOT_MIRRORED, 204: "`Last-Event-ID` was of the last event: there is nothing more to tell"},
    "media_type": EVENTS,
    "schema": {"type": "string", "description": "progress whenever something changed, at last end"},
    "others": {"application/json": {"type": "object"}, "text/html": {"type": "string"}},
}
LISTED: dict[str, Any] = {"parameters": [ACCOUNT], "answers": NOT_MIRRORED, **PAGE_OR_JSON}


@blueprint.get("/folders")
@described(**LISTED)
def folders() -> Response:
    """The folders of the collection, and the latest exports."""
    mine = exports()
    told = {"account": mine.owner.username, "folders": mine.folders()}
    return shown("web/folders.html", told, latest=mine.exports(limit=10))


@blueprint.route("/export/<int:folder_id>", methods=["GET", "POST"])
@described(**BEGUN)
def folder(folder_id: int) -> Response | WerkzeugResponse:
    """Export a folder. A program begins with either method; a browser is asked first what it wants."""
    mine = exports()
    if request.method == "POST" or begins_at_once():
        return begun(mine.begin_folder(folder_id, wishes()))
    found = mine.folder(folder_id)
    told = {"account": mine.owner.username, "folder": found}
    return shown("web/export.html", told, title=found["name"], action=_here("exports.folder", folder_id=folder_id))


@blueprint.get("/marketplace")
@described(**LISTED)
def marketplace() -> Response:
    """The shop of the account, to be exported whole or in part."""
    mine = exports()
    told = {"account": mine.owner.username, "shop": mine.shop()}
    return shown("web/export.html", told, title="Marketplace", action=_here("exports.export_marketplace"))


@blueprint.route("/export_marketplace", methods=["GET", "POST"])
@described(**BEGUN)
def export_marketplace() -> Response | WerkzeugResponse:
    """Export the shop. A program begins with either method; a browser is asked first what it wants."""
    if request.method == "POST" or begins_at_once():
        return begun(exports().begin_marketplace(wishes()))
    return marketplace()


@blueprint.get("/import_cache")
@described(**LISTED)
def import_cache() -> Response:
    """The folders whose releases can be read ahead, and how many releases are kept."""
    mine = exports()
    told = {"account": mine.owner.username, "folders": mine.folders(), "cache": mine.cache_statistics()}
    return shown("web/import_cache.html", told, latest=mine.exports([ExportKind.IMPORT], limit=3))


@blueprint.post("/start_import", provide_automatic_options=False)
@described(**{**BEGUN, "parameters": [ACCOUNT], "answers": {**BEGUN["answers"], 400: "No folder was named"}})
def start_import() -> Response | WerkzeugResponse:
    """Read the releases of some folders ahead: `folders`, their ids, in a form or in JSON; without a body of all."""
    if not request.content_length and not request.mimetype:
        return begun(exports().begin_import([ALL_FOLDERS]))
    body = json_body() if request.is_json else None
    told = body.get("folders") if isinstance(body, dict) else request.form.getlist("folders")
    return begun(exports().begin_import(_ids(told)))


@blueprint.get("/progress/<export_id>")
@described(**FOLLOWED)
def progress(export_id: str) -> Response:
    """An export while it goes on: Server-Sent Events, or for who does not take them JSON or a page."""
    return _followed(export_id)


@blueprint.get("/progress_marketplace/<export_id>")
@described(**FOLLOWED)
def progress_marketplace(export_id: str) -> Response:
    """The export of a shop while it goes on."""
    return _followed(export_id, ExportKind.MARKETPLACE)


@blueprint.get("/progress_import")
@described(**FOLLOWED)
def progress_import() -> Response:
    """The latest reading of releases ahead, while it goes on."""
    latest = exports().exports([ExportKind.IMPORT], limit=1)
    if not latest:
        return problem(404, "No releases were read ahead yet.")
    return _followed(latest[0]["export_id"], ExportKind.IMPORT)


@blueprint.post("/batch/export/<int:folder_id>", provide_automatic_options=False)
@described(**BEGUN)
def batch(folder_id: int) -> Response | WerkzeugResponse:
    """Export a folder as a batch."""
    return begun(exports().begin_folder(folder_id, wishes(), ExportKind.BATCH))


@blueprint.get("/batch/progress/<batch_id>")
@described(**FOLLOWED)
def batch_progress(batch_id: str) -> Response:
    """A batch while it goes on."""
    return _followed(batch_id)


@blueprint.get("/batch/status/<batch_id>")
@described(**{**LISTED, "others": {}})
def status(batch_id: str) -> Response:
    """How far an export is, as JSON."""
    return json_answer(with_addresses(exports().export(batch_id)))


@blueprint.get("/batch/download/<batch_id>")
@described(
    parameters=[ACCOUNT],
    media_type="application/octet-stream",
    schema={"type": "string", "format": "binary"},
    headers=RESULT,
    answers={409: "It is not done, or makes no file: `state`", 410: "The file had its time and was cleared away"},
)
def download(batch_id: str) -> Response:
    """The file of an export that is done: whole, or not there."""
    return file_answer(exports().result(batch_id))


@blueprint.post("/batch/cancel/<batch_id>", provide_automatic_options=False)
@described(**{**BEGUN, "parameters": [ACCOUNT], "answers": {**BEGUN["answers"], 409: "It has ended: `state`"}})
def cancel(batch_id: str) -> Response | WerkzeugResponse:
    """Stop an export; one at work ends before its next step."""
    return begun(exports().cancel(batch_id))


@blueprint.get("/batch/list")
@described(**LISTED)
def batches() -> Response:
    """All exports of the account, the newest first."""
    mine = exports()
    found = [with_addresses(each) for each in mine.exports()]
    return shown("web/export_list.html", {"account": mine.owner.username, "batches": found})


@blueprint.errorhandler(AccountNotFound)
def _nobody(_: AccountNotFound) -> Response:
    return problem(404, "There is no such account in this mirror.")


def _followed(export_id: str, *kinds: ExportKind) -> Response:
    mine, wanted = exports(), kinds or tuple(ExportKind)
    export = mine.export(export_id, wanted)
    if not wants_events():
        is_over = export["status"] in ENDED
        return shown("web/export_progress.html", with_addresses(export), is_over=is_over, export=export)

    def read() -> Snapshot:
        now = mine.export(export_id, wanted)
        return Snapshot(now, is_last=now["status"] in ENDED)

    return event_stream(read)


def _here(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **{**values, **same_account()})


def _ids(told: object) -> list[int]:
    """The ids of folders, as numbers or as forms send them. Raises BadQuery."""
    if not isinstance(told, list):
        raise BadQuery({"folders": "must be a list of folder ids"})
    texts = [str(each) if type(each) in {int, str} else "" for each in told]
    if not all(text.isascii() and text.isdigit() and len(text) < 19 for text in texts):
        raise BadQuery({"folders": "must be a list of folder ids"})
    return list(dict.fromkeys(int(text) for text in texts))
