"""Who asks for exports, in which form they want to be answered, and what they want exported."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, request, url_for
from werkzeug import Response as WerkzeugResponse
from werkzeug.utils import redirect

from app.api.access import carries_admin_token, is_admin
from app.api.bodies import json_body
from app.api.event_stream import MEDIA_TYPE as EVENTS
from app.api.json_answer import JSON, json_answer
from app.core.export_wishes import WISHES, ExportFormat, refuse_others
from app.core.job_states import ENDED
from app.core.query import BadQuery
from app.errors import AccountNotFound
from app.services.data_owners import owner_named, owner_of_id
from app.services.exports_service import ExportsService
from app.web.cookies import current_account
from app.web.frame import HTML, rendered

ACCOUNT = {
    "in": "query",
    "name": "account",
    "schema": {"type": "string"},
    "description": "for the admin: whose data; without it that of the account the settings name",
}
_YEAR = {"type": "integer", "minimum": 1, "maximum": 9999}
WISH_PARAMETERS = [
    ACCOUNT,
    *(
        {"in": "query", "name": name, "schema": schema, "description": meaning}
        for name, schema, meaning in (
            ("genre", {"type": "string", "maxLength": 256}, "only rows of this genre"),
            ("label", {"type": "string", "maxLength": 256}, "only rows whose label has this in its name"),
            ("year", _YEAR, "only rows of this year"),
            ("year_min", _YEAR, "only rows from this year on"),
            ("year_max", _YEAR, "only rows up to this year"),
            ("format", {"type": "string", "enum": list(ExportFormat)}, "`excel` is CSV with a byte order mark"),
        )
    ),
]
PAGE_OR_JSON = {"media_type": JSON, "schema": {"type": "object"}, "others": {HTML: {"type": "string"}}}


def exports() -> ExportsService:
    """The exports of whoever is logged in; for the admin, of the account that is asked for.

    Raises AccountNotFound, ConfigurationError.
    """
    if is_admin():
        name = request.args.get("account", "").strip() or None
        return ExportsService(owner_named(name), sees_all=True)
    account = current_account()
    if account is None:
        raise AccountNotFound("")  # access was granted by a session that ended since
    return ExportsService(owner_of_id(account.id))


def wants_page() -> bool:
    """Whether the client prefers a page to JSON."""
    accepted = request.accept_mimetypes
    return bool(accepted) and accepted[HTML] > accepted[JSON]


def wants_events() -> bool:
    """Whether the client takes Server-Sent Events, and neither JSON nor a page rather than them."""
    accepted = request.accept_mimetypes
    return not accepted or (accepted[EVENTS] > 0 and accepted[EVENTS] >= max(accepted[HTML], accepted[JSON]))


def begins_at_once() -> bool:
    """Whether a GET may begin an export: a program's, whose token no other page can make a browser send."""
    return request.method == "GET" and carries_admin_token() and not wants_page()


def wishes() -> dict[str, Any]:
    """What narrows and forms the file: from the address, and over that from the form or the JSON body.

    Raises BadQuery for a body that is no object and for names that nobody knows, BadRequest for what is no JSON.
    """
    body = json_body() if request.is_json and request.get_data() else request.form.to_dict()
    if not isinstance(body, dict):
        raise BadQuery({"body": "must be an object"})
    address = {name: value for name, value in request.args.items() if name != ACCOUNT["name"]}
    told = {**address, **{name: value for name, value in body.items() if not _is_empty(value)}}
    refuse_others(told, WISHES)
    return {name: value for name, value in told.items() if not _is_empty(value)}


def _is_empty(value: object) -> bool:
    return value is None or value == ""


def begun(export: dict[str, Any]) -> Response | WerkzeugResponse:
    """202 for programs; people go on to the page of its progress."""
    values: dict[str, Any] = {"export_id": export["export_id"], **same_account()}
    place = url_for("exports.progress", **values)
    if wants_page():
        return redirect(place, 303)
    answer = json_answer(with_addresses(export), status=202)
    answer.headers["Location"] = place
    return answer


def with_addresses(export: dict[str, Any]) -> dict[str, Any]:
    """The export, and where its progress, its file and its end are to be asked for."""
    known = {"batch_id": export["export_id"], **export}
    known["progress_url"] = url_for("exports.progress", export_id=export["export_id"])
    known["status_url"] = url_for("exports.status", batch_id=export["export_id"])
    if export["file"]:
        known["download_url"] = url_for("exports.download", batch_id=export["export_id"])
    if export["status"] not in ENDED:
        known["cancel_url"] = url_for("exports.cancel", batch_id=export["export_id"])
    return known


def same_account() -> dict[str, str]:
    """What an address has to carry on so that the admin goes on looking at the same account."""
    name = request.args.get("account", "").strip()
    return {"account": name} if name else {}


def shown(template: str, told: dict[str, Any], **more: Any) -> Response:
    """The same as a page or as JSON; `more` is for the page alone."""
    if not wants_page():
        return json_answer(told)
    return make_response(rendered(template, **told, **more, same=same_account()))
