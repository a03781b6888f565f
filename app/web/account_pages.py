"""Accounts for the owner: whose shops and collections are mirrored, with which credential, and how that stands."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug import Response as WerkzeugResponse
from werkzeug.exceptions import BadRequest

from app.api.access import require_admin
from app.api.described import described
from app.api.header_docs import LOCATION
from app.api.problems import problem
from app.errors import AccountKept, AccountNotFound, BackupImpossible, ShownBySettings, SyncBusy
from app.services.account_report import account_report
from app.services.accounts import remove
from app.services.erasing import erase as erase_account
from app.services.sync_control import show_source
from app.web.frame import rendered

blueprint = Blueprint("account_pages", __name__, url_prefix="/admin/accounts")
LONGEST_NAME = 64


@blueprint.get("")
@described(answers={401: "Not the admin"})
def accounts() -> Response:
    """Every account and its sources: policy, origin, whether it is shown, the last sync, the credential."""
    return make_response(rendered("web/accounts.html", accounts=account_report()))


@blueprint.post("/forget", provide_automatic_options=False)
@described(
    status=303,
    headers=LOCATION,
    answers={401: "Not the admin", 403: "Not sent by a page of this shop", 404: "No such account"},
)
def forget() -> WerkzeugResponse:
    """Forget the stored credential and the sessions of an account (`username`); what was mirrored stays."""
    require_admin()
    remove(request.form.get("username", "")[:LONGEST_NAME])
    return redirect(url_for("account_pages.accounts"), HTTPStatus.SEE_OTHER)


@blueprint.post("/erase", provide_automatic_options=False)
@described(
    status=303,
    headers=LOCATION,
    answers={
        401: "Not the admin",
        403: "Not sent by a page of this shop",
        404: "No such account",
        409: "A sync is at work, the settings name this account, its shop is shown, or no backup can be made",
    },
)
def erase() -> WerkzeugResponse:
    """Erase everything that is kept of an account (`username`), after a backup. Of a shop that was shown stays that it
    was."""
    require_admin()
    erase_account(request.form.get("username", "")[:LONGEST_NAME])
    return redirect(url_for("account_pages.accounts"), HTTPStatus.SEE_OTHER)


@blueprint.post("/show", provide_automatic_options=False)
@described(
    status=303,
    headers=LOCATION,
    answers={
        400: "No such button",
        401: "Not the admin",
        403: "Not sent by a page of this shop",
        404: "No such source",
        409: "A sync is at work, or the settings name this shop",
    },
)
def show() -> WerkzeugResponse:
    """Show a source (`source`, its id) to visitors, or hide it (`is_shown` is 1 or 0)."""
    require_admin()
    source, wish = request.form.get("source", ""), request.form.get("is_shown", "")
    if wish not in {"0", "1"} or not (source.isascii() and source.isdigit() and len(source) < 19):
        raise BadRequest("There is no such button.")
    show_source(int(source), is_shown=wish == "1")
    return redirect(url_for("account_pages.accounts"), HTTPStatus.SEE_OTHER)


@blueprint.errorhandler(SyncBusy)
def _busy(_: SyncBusy) -> Response:
    return _not_now("A sync is at work. Wait for it, or stop it.")


@blueprint.errorhandler(ShownBySettings)
def _named(_: ShownBySettings) -> Response:
    return _not_now("DISCOGS_SELLER_USERNAME names this shop, so it is shown.")


def _not_now(detail: str) -> Response:
    again = url_for("account_pages.accounts")
    return problem(409, detail, heading="Not at this moment", again=again, again_words="Back to the accounts")


@blueprint.errorhandler(AccountKept)
@blueprint.errorhandler(BackupImpossible)
def _kept(error: AccountKept | BackupImpossible) -> Response:
    return _not_now(f"{error}.")


@blueprint.errorhandler(AccountNotFound)
def _unknown(_: AccountNotFound) -> Response:
    again = url_for("account_pages.accounts")
    return problem(404, "There is no such account.", again=again, again_words="Back to the accounts")


@blueprint.after_request
def _keep_to_ourselves(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
