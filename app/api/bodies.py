"""Bodies of requests: JSON as RFC 8259 has it. What is not that is refused, never guessed at."""

from __future__ import annotations

from json import JSONDecodeError
from typing import Any

import orjson
from flask import Request, request
from flask_smorest import Blueprint
from webargs.core import missing
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import BadRequest


class StrictParser(FlaskParser):
    """Arguments of a request. Python's own JSON reader takes NaN and half a surrogate pair, and a deep nest for its
    stack's end; orjson refuses them all as it refuses any text that is no JSON.
    """

    def _raw_load_json(self, req: Request) -> Any:
        body = req.get_data(cache=True)
        if not is_json_request(req) or not body.strip():
            return missing
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            # webargs takes an error about an empty text for no body at all, and orjson shows none that is not UTF-8.
            raise JSONDecodeError(error.msg, doc="unreadable", pos=0) from error


def json_body() -> Any:
    """The JSON body of this request, read like those of arguments. Raises BadRequest for what is none."""
    try:
        return orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise BadRequest("The body is no JSON") from error


class BlueprintWithBodies(Blueprint):
    """For routes that take arguments in a JSON body."""

    ARGUMENTS_PARSER = StrictParser()
