"""The admin's door: the token of the shop, typed once, opens what is closed for as long as the session lasts."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug import Response as WerkzeugResponse
from werkzeug.exceptions import Unauthorized

from app.api.access import is_admin, tells_admin_token
from app.api.described import described
from app.api.header_docs import LOCATION
from app.core.own_path import own_path
from app.extensions import wiring
from app.services.back_room import back_room
from app.services.sync_control import KINDS
from app.services.web_sessions import WebSessions
from app.web.cookies import ADMIN, give, held, is_logged_in_as_admin, take_back
from app.web.frame import rendered

blueprint = Blueprint("admin", __name__)


@blueprint.get("/admin")
def door() -> Response:
    """The form for the admin token, or for who is inside whether all is well; `next` is the page to go on to."""
    if is_admin():
        return make_response(rendered("web/overview.html", kinds=KINDS, **back_room()))
    return _door(is_wrong=False)


@blueprint.post("/admin", provide_automatic_options=False)
@described(
    status=303,
    headers=LOCATION,
    answers={
        401: "Not the admin token",
        403: "Not sent by a page of this shop",
        429: "Guessed too often: none is looked at until `Retry-After`",
    },
)
def enter() -> Response | WerkzeugResponse:
    """Log in with the admin token."""
    token = wiring().settings.admin_token
    if token is None or not tells_admin_token(request.form.get("admin_token", "").strip()):
        response = _door(is_wrong=True)
        response.status_code = HTTPStatus.UNAUTHORIZED
        return response
    entered = redirect(own_path(request.form.get("next"), url_for("admin.door")), HTTPStatus.SEE_OTHER)
    give(entered, ADMIN, WebSessions.here().open_for_admin(token, instead_of=held(ADMIN)))
    return entered


@blueprint.post("/admin/leave", provide_automatic_options=False)
@described(status=303, headers=LOCATION, answers={401: "Nobody is logged in", 403: "Not sent by a page of this shop"})
def leave() -> WerkzeugResponse:
    """Log out."""
    key, token = held(ADMIN), wiring().settings.admin_token
    if key is None or token is None or not is_logged_in_as_admin():
        raise Unauthorized("Nobody is logged in.")
    WebSessions.here().close_of_admin(key, token)
    left = redirect(url_for("web.shop"), HTTPStatus.SEE_OTHER)
    take_back(left, ADMIN)
    return left


@blueprint.after_request
def _keep_to_ourselves(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _door(*, is_wrong: bool) -> Response:
    asked = request.form.get("next") or request.args.get("next")
    text = rendered("web/admin.html", is_wrong=is_wrong, next_path=own_path(asked, ""))
    return make_response(text)
