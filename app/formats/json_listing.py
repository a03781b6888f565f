"""Listings as JSON: prices are numbers with exactly the digits the seller wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import orjson


def json_bytes(value: object) -> bytes:
    """JSON text; a Decimal becomes a number with its own digits, never a float."""
    return orjson.dumps(value, default=_exact)


def json_array(batches: Iterable[Sequence[bytes]]) -> Iterator[bytes]:
    """A JSON array of documents, one piece of text per batch."""
    separator = b"["
    for batch in batches:
        if batch:
            yield separator + b",\n".join(batch)
            separator = b",\n"
    yield b"[]" if separator == b"[" else b"]"


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}")
    raise TypeError(f"{type(value).__name__} has no JSON form")
