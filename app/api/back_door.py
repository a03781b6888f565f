"""A process that only works has no shop to show: whoever watches over it is answered, and nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from app.api.problems import problem
from app.extensions import KEY

OPEN = frozenset({"/health", "/healthz", "/metrics"})


def register(app: Flask) -> None:
    """Close everything else, where SERVER_ROLE says that this is a worker."""
    if app.extensions[KEY].settings.server_role == "worker":
        app.wsgi_app = BackDoor(app.wsgi_app)  # type: ignore[method-assign]


class BackDoor:
    """WSGI middleware."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in OPEN:
            return self.application(environ, start_response)
        return problem(404, "This process works in the background and shows nothing.")(environ, start_response)
