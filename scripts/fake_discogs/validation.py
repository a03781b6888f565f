"""How the newer back end of Discogs reads what it is sent, and how it complains."""

import json
from collections.abc import Sequence
from typing import Any

from .messages import HttpError, Request
from .records import Account
from .viewer import Viewer
from .vocabulary import MUST_AUTHENTICATE, NOT_OWNER, Json

_SUMMARY = 'See "detail" for validation errors.'


def invalid(kind: str, where: Sequence[str], message: str) -> HttpError:
    """The 422 answer that names the offending part of the request."""
    return HttpError(422, body={"detail": [{"type": kind, "loc": list(where), "msg": message}], "message": _SUMMARY})


def choice(request: Request, name: str, allowed: Sequence[str], default: str) -> str:
    """A query parameter out of a closed list."""
    asked = request.query.get(name) or default
    if asked in allowed:
        return asked
    *most, last = (f"'{item}'" for item in allowed)
    raise invalid("literal_error", ("query", name), f"Input should be {', '.join(most)} or {last}")


def body(request: Request) -> Json:
    """The JSON object that was sent; nothing at all counts as an empty one."""
    if not request.body:
        return {}
    try:
        sent = json.loads(request.body)
    except ValueError:
        raise invalid("json_invalid", ("body",), "JSON decode error") from None
    if not isinstance(sent, dict):
        raise invalid("model_attributes_type", ("body",), "Input should be a valid dictionary")
    return sent


def whole_number(sent: Any, name: str, least: int, most: int) -> int:
    if isinstance(sent, bool) or not isinstance(sent, int | str) or not str(sent).lstrip("-").isdecimal():
        raise invalid("int_parsing", ("body", name), "Input should be a valid integer")
    number = int(sent)
    if number < least:
        raise invalid("greater_than_equal", ("body", name), f"Input should be greater than or equal to {least}")
    if number > most:
        raise invalid("less_than_equal", ("body", name), f"Input should be less than or equal to {most}")
    return number


def text(sent: Any, name: str) -> str:
    if sent is None:
        raise invalid("missing", ("body", name), "Field required")
    if not isinstance(sent, str):
        raise invalid("string_type", ("body", name), "Input should be a valid string")
    return sent


def require_owner(viewer: Viewer, account: Account) -> None:
    """Only the owner writes: 401 for the anonymous, 403 for anybody else."""
    if viewer.account is None:
        raise HttpError(401, MUST_AUTHENTICATE)
    if not viewer.owns(account):
        raise HttpError(403, NOT_OWNER)
