"""Log in with Discogs and out again. These GETs do write: a person goes to Discogs and comes back by links."""

from __future__ import annotations

from http import HTTPStatus
from typing import NoReturn

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug import Response as WerkzeugResponse
from werkzeug.exceptions import MethodNotAllowed, Unauthorized

from app.api.described import described
from app.api.header_docs import LOCATION
from app.api.problems import problem
from app.core.own_path import own_path
from app.errors import Cancelled, ConfigurationError, DiscogsAPIError, LoginRefused
from app.services.accounts import standing_of
from app.services.login_service import LoginService
from app.services.web_sessions import WebSessions, new_key
from app.web.cookies import BROWSER, SESSION, current_account, give, held, is_logged_in_as_admin, take_back
from app.web.frame import rendered
from app.web.here import addresses

blueprint = Blueprint("login", __name__)

LONGEST = 512
REFUSALS = {
    "denied": (403, "You said no at Discogs", "Nothing was stored. You can change your mind at any time."),
    "stale": (
        400,
        "This login is over",
        "It was used already, is older than ten minutes, or began in another browser. Begin a new one.",
    ),
    "malformed": (
        400,
        "This is not how Discogs sends people back",
        "Part of the address is missing. Begin a new login.",
    ),
    "rushed": (
        503,
        "Too many at the door",
        "Too many people began to log in just now. Try again in a minute.",
    ),
    "crowded": (
        503,
        "Too many at the door",
        "Too many people are logging in at this moment. Try again in ten minutes.",
    ),
}


@blueprint.get("/login")
@described(status=302, headers=LOCATION, answers={503: "Not configured, or too many at once", 502: "Discogs is down"})
def log_in() -> WerkzeugResponse:
    """Send the visitor to Discogs, where they decide; `next` is the page of this shop to come back to."""
    if request.method != "GET":
        raise MethodNotAllowed(["GET"])
    browser = held(BROWSER) or new_key()
    next_path = own_path(request.args.get("next"), url_for("login.account"))
    callback = addresses().page(url_for("login.come_back").removeprefix(request.root_path))
    response = redirect(LoginService().begin(browser, callback, next_path), HTTPStatus.FOUND)
    give(response, BROWSER, browser)
    return response


@blueprint.get("/callback")
@described(
    status=302,
    headers=LOCATION,
    answers={400: "The login is over, or the address incomplete", 403: "The user said no", 502: "Discogs is down"},
)
def come_back() -> WerkzeugResponse:
    """Where Discogs sends people back to, with `oauth_token` and `oauth_verifier`, or with `denied`."""
    if request.method != "GET":
        raise MethodNotAllowed(["GET"])
    told = {name: request.args.get(name, "")[:LONGEST] for name in ("oauth_token", "oauth_verifier", "denied")}
    browser, token = held(BROWSER), told["oauth_token"] or told["denied"]
    if not token:
        raise LoginRefused("malformed")
    if browser is None:
        raise LoginRefused("stale")
    if told["denied"] or not told["oauth_verifier"]:
        _refused(browser, token)
    done = LoginService().finish(browser, token, told["oauth_verifier"], session=held(SESSION))
    response = redirect(own_path(done.next_path, url_for("web.shop")), HTTPStatus.FOUND)
    give(response, SESSION, done.session)
    return response


@blueprint.post("/logout")
@described(status=303, headers=LOCATION, answers={401: "Nobody is logged in", 403: "Not sent by a page of this shop"})
def log_out() -> WerkzeugResponse:
    """End the session. The credential stays, for the hourly sync; `account remove` forgets it."""
    session = held(SESSION)
    if session is None or current_account() is None:
        raise Unauthorized("Nobody is logged in.")
    WebSessions.here().close(session)
    response = redirect(url_for("web.shop"), HTTPStatus.SEE_OTHER)
    take_back(response, SESSION)
    return response


@blueprint.get("/account")
@described(answers={401: "Nobody is logged in"})
def account() -> Response:
    """Who is logged in, and how their mirror is doing. Nobody sees another's."""
    who = current_account()
    if who is None:
        return problem(401, "Log in with Discogs to see your account.", again=_again())
    return make_response(
        rendered("web/account.html", who=who, standing=standing_of(who.id), is_admin=is_logged_in_as_admin())
    )


@blueprint.after_request
def _keep_to_ourselves(response: Response) -> Response:
    """Addresses here hold tokens, which nobody may learn by Referer. Without any, Origin would be null in forms."""
    response.headers["Referrer-Policy"] = "strict-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(LoginRefused)
def _refusal(error: LoginRefused) -> Response:
    status, heading, detail = REFUSALS[error.reason]
    headers = {"Retry-After": "60"} if error.reason == "rushed" else {}
    return problem(status, detail, heading=heading, headers=headers, again=_again(), reason=error.reason)


@blueprint.errorhandler(DiscogsAPIError)
def _no_answer(error: DiscogsAPIError) -> Response:
    detail = "Discogs did not complete the login. Try again; if it stays like this, the log of the shop says more."
    return problem(502, detail, heading="Discogs did not answer as it should", reason=str(error.reason), again=_again())


@blueprint.errorhandler(Cancelled)
def _out_of_patience(_: Cancelled) -> Response:
    detail = "Discogs lets us ask only so much a minute. Try again in a minute."
    return problem(503, detail, heading="One moment, please", headers={"Retry-After": "60"}, again=_again())


@blueprint.errorhandler(ConfigurationError)
def _not_configured(error: ConfigurationError) -> Response:
    return problem(503, " ".join(error.problems), heading="Logging in is not set up here")


def _again() -> str:
    return url_for("login.log_in")


def _refused(browser: str, token: str) -> NoReturn:
    LoginService().refuse(browser, token)
    raise LoginRefused("denied")
