"""What holds for every request and every answer, whoever gives it: the outermost layer, before Flask.

Here are only rules that need no route. Headers that depend on the route are in `response_headers`, those of pages in
`web.frame`; what they set is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.sansio.utils import host_is_trusted

from app.api.allowance import Allowance
from app.api.problems import problem
from app.api.proxies import TrustedProxies
from app.extensions import KEY
from app.ops.answer_headers import Headers, completed
from app.ops.shared_counts import SharedCounts
from config import Settings

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
FOR_SUPERVISORS = ("/health", "/healthz")  # asked by address, and they link nowhere


def register(app: Flask, counts: SharedCounts) -> None:
    """Put the front door before everything that was put there before."""
    app.wsgi_app = FrontDoor(app.wsgi_app, app.extensions[KEY].settings, counts)  # type: ignore[method-assign]


class FrontDoor:
    """WSGI middleware."""

    def __init__(self, application: Application, settings: Settings, counts: SharedCounts) -> None:
        self.application = application
        self._proxies = TrustedProxies(settings.trusted_proxies)
        self._hosts = settings.trusted_hosts
        self._allowance = Allowance(settings.api_rate_limit, counts)
        public = urlsplit(settings.public_url or "")
        self._is_https = public.scheme == "https"
        self._prefix = public.path

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self._proxies.believe(environ)
        self._settle(environ)
        counted = self._allowance.take(environ)
        is_https = self._is_https or environ["wsgi.url_scheme"] == "https"

        def start(status: str, headers: Headers, *error: Any) -> Any:
            if counted is not None and status.startswith("304"):
                self._allowance.give_back(counted)
            return start_response(status, completed(headers, is_https=is_https), *error)

        if not self._is_ours(environ):
            return problem(400, "This is not a name of this shop.")(environ, start)
        return self.application(environ, start)

    def _is_ours(self, environ: dict[str, Any]) -> bool:
        if environ.get("PATH_INFO") in FOR_SUPERVISORS:
            return host_is_trusted(environ.get("HTTP_HOST") or environ["SERVER_NAME"])
        return host_is_trusted(environ.get("HTTP_HOST") or environ["SERVER_NAME"], self._hosts)

    def _settle(self, environ: dict[str, Any]) -> None:
        """Below the path of PUBLIC_URL, whether the proxy cuts it off or not, unless the proxy says below what."""
        if not self._prefix or environ.get("SCRIPT_NAME"):
            return
        environ["SCRIPT_NAME"] = self._prefix
        path = environ.get("PATH_INFO", "")
        if path == self._prefix or path.startswith(f"{self._prefix}/"):
            environ["PATH_INFO"] = path.removeprefix(self._prefix) or "/"
