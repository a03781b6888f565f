"""The headers of answers, for the documentation."""

from __future__ import annotations

from typing import Any


def _header(meaning: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"description": meaning, "schema": schema, "required": required}


_TEXT = {"type": "string"}
ETAG = {"ETag": _header("Changes with the answer: send it back as If-None-Match", _TEXT, required=True)}
TOTAL = {"X-Total-Count": _header("how many listings answer, on all pages", {"type": "integer"}, required=True)}
MEANT = {
    "X-Did-You-Mean": _header(
        "nothing answers `q`, so these words were answered instead; percent-encoded UTF-8 but for spaces", _TEXT
    )
}
FOUND = {
    **TOTAL,
    "Link": _header("with `limit` or `page`: the first, previous, next and last page (RFC 8288)", _TEXT),
    **MEANT,
}
DOWNLOAD = {
    **TOTAL,
    "ETag": _header("of what everybody may have: send it back as If-None-Match", _TEXT),
    "Content-Disposition": _header("the name of the file", _TEXT, required=True),
}
RESULT = {"Content-Disposition": DOWNLOAD["Content-Disposition"]}
LOCATION = {"Location": _header("where the thing told of is found", _TEXT, required=True)}
CHALLENGE = {"WWW-Authenticate": _header("Bearer", _TEXT, required=True)}
RETRY_AFTER = {"Retry-After": _header("seconds to wait", {"type": "integer"}, required=True)}
