"""So many requests a minute for each address, counted in memory before anything else is done."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, g, request

from app.api.access import is_admin
from app.api.problems import problem
from app.core.households import household, is_of_the_internet
from app.ops.shared_counts import SharedCounts
from app.web.assets import contents

USUAL = 600
WINDOW_S = 60
WAIT = "waxmirror.wait_s"  # in the environment of a request that comes too soon
ALIVE = ("/healthz", "/healthz/")


class Allowance:
    """Whether a request is within what its address may ask. `most` is what the owner set; None is the usual.

    Unless the owner says so nobody of one's own network is limited: behind a proxy that TRUSTED_PROXIES does not name,
    all visitors seem to be there.
    """

    def __init__(self, most: int | None, counts: SharedCounts) -> None:
        self._most = USUAL if most is None else most
        self._is_for_all = most is not None
        self._counts = counts

    def take(self, environ: dict[str, Any]) -> str | None:
        """Count the request; under which key it was counted. One that comes too soon is marked as such."""
        address = environ.get("REMOTE_ADDR")
        if (
            not self._most
            or _is_free(environ.get("PATH_INFO", ""))
            or not (self._is_for_all or is_of_the_internet(address))
        ):
            return None
        key = f"asked {household(address)}"
        count = self._counts.add(key, 1, WINDOW_S)
        if count.number > self._most:
            environ[WAIT] = count.ends_in_s
        return key

    def give_back(self, key: str) -> None:
        """The request cost next to nothing."""
        self._counts.add(key, -1, WINDOW_S)


def _is_free(path: str) -> bool:
    """A supervisor's question, and files that browsers keep; not what only looks like one."""
    parts = path.split("/", 3)
    return path in ALIVE or (len(parts) == 4 and parts[1] == "assets" and parts[3] in contents())


def register(app: Flask) -> None:
    """Refuse requests that come too soon, before anybody asks who sends them."""
    app.before_request(_refuse)


def _refuse() -> Response | None:
    wait_s = request.environ.get(WAIT)
    if wait_s is None or is_admin():
        return None
    g.notice = None  # the page that says so asks the database for nothing
    detail = f"Too many requests came from your address. Try again in {wait_s} seconds."
    return problem(429, detail, heading="Not so fast, please", headers={"Retry-After": str(wait_s)})
