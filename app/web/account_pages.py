"""Accounts for the owner: whose shops and collections are mirrored, with which credential, and how that stands."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug import Response as WerkzeugResponse

from app.api.access import require_admin
from app.api.described import described
from app.api.header_docs import LOCATION
from app.api.problems import problem
from app.errors import AccountNotFound
from app.services.account_report import account_report
from app.services.accounts import remove
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


@blueprint.errorhandler(AccountNotFound)
def _unknown(_: AccountNotFound) -> Response:
    again = url_for("account_pages.accounts")
    return problem(404, "There is no such account.", again=again, again_words="Back to the accounts")


@blueprint.after_request
def _keep_to_ourselves(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
