"""Style sheets, scripts and drawings. Their address holds a digest of all of them, so browsers may keep them."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path

from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import NotFound

from app.api.described import described

FOLDER = Path(__file__).parent / "static"
# Not asked of the host, whose own table may say anything.
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"
ASK_EVERY_TIME = "no-cache"
blueprint = Blueprint("assets", __name__, url_prefix="/assets")


@blueprint.get("/<digest>/<path:name>")
@described(media_type="*/*", schema={"type": "string", "format": "binary"})
def one(digest: str, name: str) -> Response:
    """One file. An older page may ask with an older digest: it gets the present file, but may not keep it."""
    if (content := contents().get(name)) is None:
        raise NotFound("There is no such file.")
    response = Response(content, mimetype=MEDIA_TYPES[Path(name).suffix])
    response.headers["Cache-Control"] = FOR_EVER if digest == digest_of_all() else ASK_EVERY_TIME
    response.set_etag(f"{digest_of_all()}-{name}", weak=True)  # weak: gzip or not, it is the same file
    response.make_conditional(request)
    return response


def asset(name: str) -> str:
    """The address of a file under static/."""
    return url_for("assets.one", digest=digest_of_all(), name=name)


@cache
def contents() -> dict[str, bytes]:
    """Every file by its name. Together they are smaller than one cover."""
    paths = sorted(path for path in FOLDER.rglob("*") if path.suffix in MEDIA_TYPES)
    return {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in paths}


@cache
def digest_of_all() -> str:
    """Moves when any file does: modules name each other by relative addresses."""
    return blake2b(repr(contents()).encode(), digest_size=6).hexdigest()
