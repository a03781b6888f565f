"""Answers that are sent while they are read, from one state of the mirror."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from tempfile import SpooledTemporaryFile
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Response, request

from app.core.query import SearchQuery
from app.core.text import written
from app.services.inventory_service import FoundItems, InventoryService

# An open read transaction keeps SQLite from tidying its log. A visitor slower than this gets the rest from a file.
LONGEST_READ_S = 20.0
IN_MEMORY = 1024 * 1024
PIECE = 64 * 1024

Found = TypeVar("Found")
Render = Callable[[FoundItems], Iterator[bytes]]


def streamed(
    service: InventoryService,
    query: SearchQuery,
    render: Render,
    *,
    mimetype: str,
    is_private: bool = False,
    is_literal: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Response:
    """The listings that answer `query`, with their number in X-Total-Count.

    With `is_literal` a question that finds nothing is answered with nothing, whatever was meant.
    """
    choose = as_asked if is_literal else best_of
    return sent(service.found(query, is_private=is_private), choose, render, mimetype=mimetype, clock=clock)


def sent(
    opened: AbstractContextManager[Found],
    choose: Callable[[Found], tuple[Found, dict[str, str]]],
    render: Callable[[Found], Iterator[bytes]],
    *,
    mimetype: str,
    clock: Callable[[], float] = time.monotonic,
) -> Response:
    """What `render` makes of what `choose` takes of what was opened, with the headers that it says."""
    answer = _answer(opened, choose, render, clock)
    headers = next(answer)
    if request.method == "HEAD":
        answer.close()
        answer = _nothing()
    return Response(answer, mimetype=mimetype, headers=headers)


def as_asked(found: FoundItems) -> tuple[FoundItems, dict[str, str]]:
    """What was asked for, and how many that are."""
    return found, {"X-Total-Count": str(found.total())}


def best_of(found: FoundItems) -> tuple[FoundItems, dict[str, str]]:
    """What was asked for, or what was meant when that finds nothing; and the headers that say so."""
    total = found.total()
    meant = None if total else found.corrected()
    if meant is None:
        return found, {"X-Total-Count": str(total)}
    return meant, {"X-Total-Count": str(meant.total()), **did_you_mean(meant.query)}


def did_you_mean(meant: SearchQuery) -> dict[str, str]:
    """The header that names the question which was answered; headers hold ASCII alone."""
    return {"X-Did-You-Mean": quote(written(meant.words), safe=" ", errors="replace")}


def _answer(
    opened: AbstractContextManager[Found],
    choose: Callable[[Found], tuple[Found, dict[str, str]]],
    render: Callable[[Found], Iterator[bytes]],
    clock: Callable[[], float],
) -> Generator[Any, None, None]:
    """First the headers, then the text."""
    with SpooledTemporaryFile(max_size=IN_MEMORY) as rest:
        with opened as asked:
            found, headers = choose(asked)
            yield headers
            until = clock() + LONGEST_READ_S
            for piece in render(found):
                if clock() < until:
                    yield piece
                else:
                    rest.write(piece)
        rest.seek(0)
        while piece := rest.read(PIECE):
            yield piece


def _nothing() -> Generator[Any, None, None]:
    yield from ()
