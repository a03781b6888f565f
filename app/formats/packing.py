"""Codings that answers are packed in on their way (RFC 9110, 8.4), piece by piece with constant memory."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

import zstandard

GZIP_WINDOW = 31  # 15 bits of window, and 16 for the gzip frame
ZSTD, GZIP = "zstd", "gzip"
# The better one first: it is taken where a client accepts both equally.
CODINGS = (ZSTD, GZIP)


class Packer(Protocol):
    """Takes bytes, gives packed ones now and then, and the rest at the end."""

    def compress(self, data: bytes, /) -> bytes:
        """What is ready after this piece; may be empty."""

    def flush(self) -> bytes:
        """The end."""


def packer(coding: str, *, is_kept: bool = False) -> Packer:
    """A packer of one of CODINGS: fast for what is sent once, denser for what is kept and sent often."""
    if coding == ZSTD:
        # What is kept is packed by a thread of its own, beside the one that reads it.
        packs = zstandard.ZstdCompressor(level=6, threads=1) if is_kept else zstandard.ZstdCompressor(level=3)
        return packs.compressobj()
    return zlib.compressobj(6 if is_kept else 5, zlib.DEFLATED, GZIP_WINDOW)


def packed(pieces: Iterable[bytes], by: Packer) -> Iterator[bytes]:
    """The pieces as one packed stream."""
    for piece in pieces:
        if ready := by.compress(piece):
            yield ready
    yield by.flush()


class _Own(threading.local):
    """What a thread shrinks and restores with, again and again: making it takes as long as an answer takes it."""

    def __init__(self) -> None:
        self.shrinks = zstandard.ZstdCompressor(level=1)
        self.restores = zstandard.ZstdDecompressor()


_own = _Own()


def shrunk(whole: bytes) -> bytes:
    """Packed for our own memory, as quickly as can be: text becomes a tenth of itself while a query would be read."""
    return _own.shrinks.compress(whole)


def restored(data: bytes) -> bytes:
    """What was shrunk."""
    return _own.restores.decompress(data)
