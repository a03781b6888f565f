"""Bytes to JSON, trusting nothing: no duplicate keys, no NaN, no bottomless nesting, no endless numbers."""

from __future__ import annotations

import codecs
import json
from typing import Any, NoReturn

import orjson

from app.core.outcomes import Reason
from app.errors import AnswerRefused

_CLOSERS = {"{": "}", "[": "]"}


class _DuplicateKey(ValueError):
    """An object names the same key twice."""


def decode_json(body: bytes, *, url_path: str = "", status: int | None = None) -> object:
    """The value in `body`.

    Raises AnswerRefused: body.bad_encoding for anything but UTF-8, body.truncated when the text just ends,
    body.not_json otherwise.
    """

    def refuse(reason: Reason, detail: str) -> NoReturn:
        raise AnswerRefused(reason, status=status, url_path=url_path, detail=detail)

    body = body.removeprefix(codecs.BOM_UTF8)
    if not body.strip():
        refuse(Reason.BODY_NOT_JSON, "the body is empty")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in body[:4]:
        refuse(Reason.BODY_BAD_ENCODING, "the body is not UTF-8")
    try:
        return _decoded(body)
    except UnicodeDecodeError:
        refuse(Reason.BODY_BAD_ENCODING, "the body is not UTF-8")
    except json.JSONDecodeError as error:
        if _just_ends(error):
            refuse(Reason.BODY_TRUNCATED, f"the JSON ends after {len(body)} bytes in the middle of a value")
        refuse(Reason.BODY_NOT_JSON, f"{error.msg} at character {error.pos}")
    except RecursionError:
        refuse(Reason.BODY_NOT_JSON, "the JSON is nested too deeply")
    except ValueError as error:
        refuse(Reason.BODY_NOT_JSON, str(error))


def _decoded(body: bytes) -> object:
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _decoded_strictly(body)
    # orjson keeps the last of two equal keys without a word, and the first one's quotes are then missing.
    if rb"\u0022" in body or body.count(b'"') != orjson.dumps(value).count(b'"'):
        return _decoded_strictly(body)
    return value


def _decoded_strictly(body: bytes) -> object:
    value: object = json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DuplicateKey("an object names a key twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _just_ends(error: json.JSONDecodeError) -> bool:
    text = error.doc.strip()
    if not text or text[0] not in _CLOSERS:
        return False
    is_at_end = error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string")
    return is_at_end or text[-1] != _CLOSERS[text[0]]
