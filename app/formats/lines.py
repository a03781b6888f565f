"""Where each document of a JSON array stands in its file, eight bytes a document."""

from __future__ import annotations

import re
from array import array

START = "Q"
_LINE_END = re.compile(b"\n")
OPENING = len(b"[")
BETWEEN = len(b",\n")


class LineStarts:
    """A packer that keeps nothing of an array (of `json_array`, a document a line) but where each document starts, and
    where the next one would."""

    def __init__(self) -> None:
        self._size = 0

    def compress(self, data: bytes, /) -> bytes:
        """The starts of the documents that start in this piece."""
        starts = array(START, [] if self._size else [OPENING])
        starts.extend([self._size + found.end() for found in _LINE_END.finditer(data)])
        self._size += len(data)
        return starts.tobytes()

    def flush(self) -> bytes:
        """Behind the last document comes one byte, between two of them come BETWEEN."""
        return array(START, [self._size - 1 + BETWEEN]).tobytes()
