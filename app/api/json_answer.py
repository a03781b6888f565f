"""One way to answer with JSON."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.formats.json_listing import json_bytes

JSON = "application/json"


def json_answer(value: Any, *, status: int = 200) -> Response:
    """`value` as the whole body; a Decimal is a number with its own digits."""
    return Response(json_bytes(value), status=status, mimetype=JSON)
