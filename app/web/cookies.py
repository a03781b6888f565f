"""The cookies we set: who is logged in, and which browser is on its way to Discogs. They say nothing themselves."""

from __future__ import annotations

import re

from flask import Response, request
from werkzeug import Response as WerkzeugResponse

from app.extensions import wiring
from app.services.web_sessions import ABSOLUTE, CurrentAccount, WebSessions
from app.web.here import addresses

SESSION, ADMIN, BROWSER = "waxmirror_session", "waxmirror_admin", "waxmirror_login"
BROWSER_LIVES_S = 600
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


def current_account() -> CurrentAccount | None:
    """Whose session the request belongs to."""
    return WebSessions.here().account_of(held(SESSION))


def is_logged_in_as_admin() -> bool:
    """Whether the request comes from a browser in which the admin logged in."""
    return WebSessions.here().is_admin(held(ADMIN), wiring().settings.admin_token)


def held(name: str) -> str | None:
    """What the browser holds under this name, when it looks like something we gave out."""
    told = request.cookies.get(_full(name), "")
    return told if _KEY.fullmatch(told) else None


def give(response: Response | WerkzeugResponse, name: str, key: str) -> None:
    """Let the browser keep `key`, for us alone and for navigation only."""
    lives = int(ABSOLUTE.total_seconds()) if name in {SESSION, ADMIN} else BROWSER_LIVES_S
    response.set_cookie(
        _full(name), key, max_age=lives, path=_path(), secure=_is_https(), httponly=True, samesite="Lax"
    )


def take_back(response: Response | WerkzeugResponse, name: str) -> None:
    """Make the browser forget it."""
    response.delete_cookie(_full(name), path=_path(), secure=_is_https(), httponly=True, samesite="Lax")


def _full(name: str) -> str:
    """Behind https a name that browsers accept from this very host alone; below a path, from https alone."""
    if not _is_https():
        return name
    return f"__Host-{name}" if _path() == "/" else f"__Secure-{name}"


def _path() -> str:
    return request.root_path or "/"


def _is_https() -> bool:
    return addresses().base.startswith("https://")
