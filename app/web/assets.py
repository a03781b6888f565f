"""Style sheets, scripts and drawings. Their address holds a digest of all of them, so browsers may keep them."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path

from flask import Blueprint, Response, send_from_directory, url_for

FOLDER = Path(__file__).parent / "static"
A_YEAR_S = 365 * 24 * 3600
blueprint = Blueprint("assets", __name__, url_prefix="/assets")


@blueprint.get("/<digest>/<path:name>")
def one(digest: str, name: str) -> Response:
    """One file. An older page may ask with an older digest: it gets the present file, but may not keep it."""
    is_present = digest == digest_of_all()
    response = send_from_directory(FOLDER, name, max_age=A_YEAR_S if is_present else 0)
    response.cache_control.public = True
    response.cache_control.immutable = is_present
    return response


def asset(name: str) -> str:
    """The address of a file under static/."""
    return url_for("assets.one", digest=digest_of_all(), name=name)


@cache
def digest_of_all() -> str:
    """Moves when any file does: modules name each other by relative addresses."""
    digest = blake2b(digest_size=6)
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
