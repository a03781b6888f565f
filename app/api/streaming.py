"""Answers that are sent while they are read, from one state of the mirror."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Response, request

from app.core.query import SearchQuery
from app.formats.shop_listing import Item
from app.services.inventory_service import InventoryService

# An open read transaction keeps SQLite from tidying its log. A visitor slower than this gets the rest from a file.
LONGEST_READ_S = 20.0
IN_MEMORY = 1024 * 1024
PIECE = 64 * 1024

Render = Callable[[Iterable[Sequence[Item]]], Iterator[bytes]]


def streamed(
    service: InventoryService,
    query: SearchQuery,
    render: Render,
    *,
    mimetype: str,
    is_private: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Response:
    """The listings that answer `query`, with their number in X-Total-Count."""
    answer = _answer(service, query, render, is_private=is_private, clock=clock)
    total = next(answer)
    if request.method == "HEAD":
        answer.close()
        answer = _nothing()
    response = Response(answer, mimetype=mimetype)
    response.headers["X-Total-Count"] = str(total)
    return response


def _answer(
    service: InventoryService, query: SearchQuery, render: Render, *, is_private: bool, clock: Callable[[], float]
) -> Generator[Any, None, None]:
    """First the total, then the text."""
    with SpooledTemporaryFile(max_size=IN_MEMORY) as rest:
        with service.found(query, is_private=is_private) as found:
            yield found.total()
            until = clock() + LONGEST_READ_S
            for piece in render(found.batches()):
                if clock() < until:
                    yield piece
                else:
                    rest.write(piece)
        rest.seek(0)
        while piece := rest.read(PIECE):
            yield piece


def _nothing() -> Generator[Any, None, None]:
    yield from ()
