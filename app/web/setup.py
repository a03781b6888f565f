"""Set up the shop in a browser: a seller and a personal token, tried before it is kept. For who has the admin token."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request, url_for
from werkzeug.exceptions import Unauthorized

from app.api.access import is_admin, tells_admin_token
from app.api.described import described
from app.api.problems import problem
from app.core.quoting import is_name
from app.errors import Cancelled, ConfigurationError, DiscogsAPIError, DiscogsAuthenticationError
from app.services.accounts import add
from app.services.login_service import PATIENCE_S, Patience
from app.web.cookies import is_logged_in_as_admin
from app.web.frame import rendered

blueprint = Blueprint("setup", __name__)


@blueprint.get("/setup")
def ask() -> Response:
    """The form for a seller's name, their personal token, and the admin token of this shop."""
    return make_response(rendered("web/setup.html", stored=None, is_inside=is_logged_in_as_admin()))


@blueprint.post("/setup", provide_automatic_options=False)
@described(
    answers={
        400: "Discogs refuses the token",
        401: "The admin token is missing or wrong",
        403: "Not sent by a page of this shop",
        429: "The admin token was guessed too often",
        502: "Discogs is down",
    }
)
def store() -> Response:
    """Try the token at Discogs and keep it, sealed."""
    if not (is_admin() or tells_admin_token(request.form.get("admin_token", "").strip())):
        raise Unauthorized("This needs the admin token of the shop, which is in the file that its log names.")
    username, token = (request.form.get(name, "").strip() for name in ("username", "token"))
    if not is_name(username) or not token.isascii() or not token.isalnum():
        return _refused("A Discogs user name and a personal token are needed.")
    stored = add(username, token, Patience(PATIENCE_S))
    return make_response(rendered("web/setup.html", stored=stored, is_inside=is_logged_in_as_admin()))


@blueprint.errorhandler(DiscogsAuthenticationError)
def _wrong_token(_: DiscogsAuthenticationError) -> Response:
    return _refused("Discogs does not know this token, or it belongs to somebody else.")


@blueprint.errorhandler(DiscogsAPIError)
def _no_answer(error: DiscogsAPIError) -> Response:
    detail = "Discogs could not be asked about the token, so nothing was stored."
    return problem(502, detail, reason=str(error.reason), again=url_for("setup.ask"))


@blueprint.errorhandler(Cancelled)
def _out_of_patience(_: Cancelled) -> Response:
    detail = "Discogs lets us ask only so much a minute, so nothing was stored. Try again in a minute."
    return problem(503, detail, headers={"Retry-After": "60"}, again=url_for("setup.ask"))


@blueprint.errorhandler(ConfigurationError)
def _unusable(_: ConfigurationError) -> Response:
    return _refused("This token cannot be used.")


def _refused(detail: str) -> Response:
    return problem(400, detail, heading="Nothing was stored", again=url_for("setup.ask"))
