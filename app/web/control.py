"""The controls of the sync for people: what it does and did, and the buttons. For the admin."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug import Response as WerkzeugResponse
from werkzeug.exceptions import BadRequest

from app.api.access import require_admin
from app.api.described import described
from app.api.header_docs import LOCATION
from app.api.problems import problem
from app.core.own_path import own_path
from app.errors import (
    ConfigurationError,
    NothingMayLeave,
    NothingToUndo,
    PlanChanged,
    RunNotHeld,
    SyncBusy,
    WaxmirrorError,
)
from app.services import sync_control
from app.services.sync_report import sync_report
from app.web.frame import rendered

blueprint = Blueprint("control", __name__)
RUN = "/sync/runs/<int(max=9223372036854775807):run_id>"
CONFLICTS = {
    SyncBusy: "A sync is queued or at work already. Wait for it, or stop it.",
    RunNotHeld: "This run waits for nothing any more.",
    NothingMayLeave: "This source only ever adds now: nothing is removed from it.",
    NothingToUndo: "This run removed nothing: there is nothing to take back.",
    PlanChanged: "The mirror changed since this run was held. Look at the newer run instead.",
}
FORM_ANSWERS = {401: "Not the admin", 403: "Not sent by a page of this shop", 409: "Not at this moment, and why"}


@blueprint.get("/sync")
@described(answers={401: "Not the admin"})
def page() -> Response:
    """Every source and how far it is, what waits for a person, what could not be read, the latest runs."""
    return make_response(rendered("web/sync.html", kinds=sync_control.KINDS, **sync_report()))


@blueprint.post("/sync/start", provide_automatic_options=False)
@described(status=303, headers=LOCATION, answers=FORM_ANSWERS | {400: "No such kind of source"})
def start() -> WerkzeugResponse:
    """Sync now: all sources, or those of one kind.

    `force_full`: also where Discogs asked for a pause; and what others changed in the database is written anew.
    """
    require_admin()
    kind = request.form.get("source") or None
    if kind not in {None, *sync_control.KINDS}:
        raise BadRequest("There is no such kind of source.")
    sync_control.request_sync(trigger="manual", kind=kind, force_full=bool(request.form.get("force_full")))
    return _back()


@blueprint.post("/sync/cancel", provide_automatic_options=False)
@described(status=303, headers=LOCATION, answers=FORM_ANSWERS)
def cancel() -> WerkzeugResponse:
    """Stop what is at work, and what waits for its turn."""
    require_admin()
    sync_control.request_cancel()
    return _back()


@blueprint.post(f"{RUN}/confirm", provide_automatic_options=False)
@described(status=303, headers=LOCATION, answers=FORM_ANSWERS)
def confirm(run_id: int) -> WerkzeugResponse:
    """Let the removals of a held run happen, exactly those it planned."""
    require_admin()
    sync_control.confirm_run(run_id)
    return _back()


@blueprint.post(f"{RUN}/dismiss", provide_automatic_options=False)
@described(status=303, headers=LOCATION, answers=FORM_ANSWERS)
def dismiss(run_id: int) -> WerkzeugResponse:
    """Let the removals of a held run never happen."""
    require_admin()
    sync_control.dismiss_run(run_id)
    return _back()


@blueprint.post(f"{RUN}/undo", provide_automatic_options=False)
@described(status=303, headers=LOCATION, answers=FORM_ANSWERS)
def undo(run_id: int) -> WerkzeugResponse:
    """Take back the removals of a run."""
    require_admin()
    sync_control.undo_run(run_id)
    return _back()


def _back() -> WerkzeugResponse:
    """To the page whose button it was."""
    return redirect(own_path(request.form.get("next"), url_for("control.page")), HTTPStatus.SEE_OTHER)


def _conflict(error: WaxmirrorError) -> Response:
    return _not_now(CONFLICTS[type(error)])


for kind_of_error in CONFLICTS:
    blueprint.register_error_handler(kind_of_error, _conflict)


@blueprint.errorhandler(ConfigurationError)
def _not_configured(error: ConfigurationError) -> Response:
    return _not_now(" ".join(error.problems))


def _not_now(detail: str) -> Response:
    return problem(
        409, detail, heading="Not at this moment", again=url_for("control.page"), again_words="Back to the sync"
    )
