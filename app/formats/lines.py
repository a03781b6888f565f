"""Where each document of a JSON array stands in its file, eight bytes a document."""

from __future__ import annotations

import re
from array import array
from hashlib import blake2b

START = "Q"
_LINE_END = re.compile(b"\n")
OPENING = len(b"[")
BETWEEN = len(b",\n")
SEAL_SIZE = 16


class LineStarts:
    """A packer that keeps nothing of an array (of `json_array`, a document a line) but where each document starts, and
    where the next one would; sealed, so that `starts_of` notices what was damaged."""

    def __init__(self) -> None:
        self._size = 0
        self._seal = blake2b(digest_size=SEAL_SIZE)

    def compress(self, data: bytes, /) -> bytes:
        """The starts of the documents that start in this piece."""
        starts = array(START, [] if self._size else [OPENING])
        starts.extend([self._size + found.end() for found in _LINE_END.finditer(data)])
        self._size += len(data)
        return self._sealed(starts)

    def flush(self) -> bytes:
        """Behind the last document comes one byte, between two of them come BETWEEN."""
        return self._sealed(array(START, [self._size - 1 + BETWEEN])) + self._seal.digest()

    def _sealed(self, starts: array[int]) -> bytes:
        told = starts.tobytes()
        self._seal.update(told)
        return told


def starts_of(kept: bytes) -> array[int]:
    """What a packer kept. Raises ValueError for what none of this kind of machine has written, or not all."""
    told, seal = kept[:-SEAL_SIZE], kept[-SEAL_SIZE:]
    starts = array(START)
    if len(told) < starts.itemsize or blake2b(told, digest_size=SEAL_SIZE).digest() != seal:
        raise ValueError("the seal is not that of these lines")
    starts.frombytes(told)
    return starts


def size_of(starts: array[int]) -> int:
    """How long the file with these documents is."""
    return starts[-1] - BETWEEN + 1
