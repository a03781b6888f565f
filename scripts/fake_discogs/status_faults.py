"""Answers with another status than 200."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .messages import HttpError, Request, Response, html_response
from .vocabulary import INVALID_TOKEN, NO_USER, NOT_OWNER, TOO_QUICK

StatusFault = Callable[[Request, Response, Mapping[str, Any]], Response]

_MESSAGES = {401: INVALID_TOKEN, 403: NOT_OWNER, 404: NO_USER, 429: TOO_QUICK}


def _status(request: Request, response: Response, args: Mapping[str, Any]) -> Response:
    status = args.get("status", 500)
    answer = replace(_body(status, args.get("body"), args.get("message")), headers=response.headers)
    extra = {"Retry-After": args["retry_after"]} if "retry_after" in args else {}
    return answer.with_headers(*((name, str(value)) for name, value in {**args.get("headers", {}), **extra}.items()))


def _body(status: int, kind: Any, message: str | None) -> Response:
    """As Discogs does it: the edge's HTML for 5xx, a newline for 429, JSON for the rest, nothing for 204 and 304."""
    if kind is None:
        kind = "empty" if status in {204, 304} else "newline" if status == 429 else "html" if status >= 500 else "json"
    if isinstance(kind, bytes):
        return Response(status, kind)
    if kind == "html":
        return html_response(status, message or f"Error {status}")
    if kind in {"newline", "empty"}:
        return Response(status, b"\n" if kind == "newline" else b"", content_type="")
    if kind != "json":
        return Response(status, str(kind).encode(), content_type="text/plain")
    return HttpError(status, message or _MESSAGES.get(status, "An internal server error occurred.")).response()


def _redirect(request: Request, response: Response, args: Mapping[str, Any]) -> Response:
    target = args.get("to", "other_host")
    places = {
        "other_host": f"https://attacker.invalid{request.path}",
        "http": f"http://api.discogs.com{request.path}",
        "loop": request.path,
        "metadata": "http://169.254.169.254/latest/meta-data/",
    }
    answer = Response(args.get("status", 302), b"", response.headers, content_type="")
    return answer.with_headers(("Location", places.get(target, target)))


STATUS_FAULTS: dict[str, tuple[str, StatusFault]] = {
    "status": (
        "`status` (500) with `body` json, html, newline, empty or any text; `retry_after`, `headers`, `message`",
        _status,
    ),
    "redirect": ("302 (`status`) `to` other_host, http, loop, metadata or any address", _redirect),
}
