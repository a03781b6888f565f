"""The OAuth dance: request token, the page where a user decides, access token."""

import html
from urllib.parse import parse_qsl, urlencode, urlsplit

from .consents import RequestToken
from .messages import HttpError, Request, Response
from .oauth_signature import Claim
from .viewer import Viewer
from .world import World

_FORM = "application/x-www-form-urlencoded"
_HTML = "text/html; charset=UTF-8"


class OAuthPages:
    """`/oauth/authorize` is a page of the website: it costs no budget and asks for no User-Agent."""

    def __init__(self, world: World) -> None:
        self._world = world

    def request_token(self, request: Request, _viewer: Viewer) -> Response:
        made = self._world.consents.issue(Claim.of(request))
        return _form(oauth_token=made.token, oauth_token_secret=made.secret, oauth_callback_confirmed="true")

    def access_token(self, request: Request, _viewer: Viewer) -> Response:
        made = self._world.consents.exchange(Claim.of(request))
        return _form(oauth_token=made.token, oauth_token_secret=made.secret)

    def ask(self, request: Request, _viewer: Viewer) -> Response:
        """The page with its two buttons. There are no passwords here: whoever looks picks who they are."""
        try:
            pending = self._world.consents.pending(request.query.get("oauth_token", ""))
        except HttpError as error:
            return _page(error.status, f"<h1>{html.escape(error.message)}</h1>")
        names = "".join(
            f"<option>{html.escape(account.username)}</option>" for account in self._world.accounts.values()
        )
        return _page(
            200,
            '<h1>ShopMirror wants to act for you</h1><form method="post" action="/oauth/authorize">'
            f'<input type="hidden" name="oauth_token" value="{html.escape(pending.token)}">'
            f'<label>You are <select name="username">{names}</select></label>'
            '<button name="decision" value="allow">Authorize</button>'
            '<button name="decision" value="refuse">Cancel</button></form>',
        )

    def decide(self, request: Request, _viewer: Viewer) -> Response:
        """Back to the application with a verifier; without one after a refusal; `oob` shows the code instead."""
        sent = dict(parse_qsl(request.body.decode("latin-1")))
        consents, token = self._world.consents, sent.get("oauth_token", "")
        try:
            if sent.get("decision") != "allow":
                return _back(consents.refuse(token), denied=token)
            account = self._world.account(sent.get("username", "")) or self._world.seller
            allowed = consents.allow(token, account)
        except HttpError as error:
            return _page(error.status, f"<h1>{html.escape(error.message)}</h1>")
        return _back(allowed, oauth_token=token, oauth_verifier=allowed.verifier)


def _form(**pairs: str) -> Response:
    return Response(200, urlencode(pairs).encode(), content_type=_FORM)


def _page(status: int, content: str) -> Response:
    page = f"<!DOCTYPE html>\n<html><head><title>Authorize</title></head><body>{content}</body></html>\n"
    return Response(status, page.encode(), content_type=_HTML)


def _back(token: RequestToken, **told: str) -> Response:
    if token.callback == "oob":
        return _page(200, f'<h1>Your code</h1><p id="verifier">{html.escape(told.get("oauth_verifier", ""))}</p>')
    joint = "&" if urlsplit(token.callback).query else "?"
    return Response(302, headers=(("Location", f"{token.callback}{joint}{urlencode(told)}"),), content_type=_HTML)
