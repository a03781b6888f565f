"""The file that a job made, as an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from flask import Response

from app.errors import JobResultGone
from app.services.jobs_service import Result

PIECE = 64 * 1024


def file_answer(made: Result) -> Response:
    """The whole file, piece by piece. Raises JobResultGone when it was cleared away meanwhile."""
    try:
        file = made.path.open("rb")
    except OSError as error:
        raise JobResultGone(made.path.stem) from error
    response = Response(_pieces(file), mimetype=made.mimetype)
    response.call_on_close(file.close)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(made.name)}"
    return response


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
