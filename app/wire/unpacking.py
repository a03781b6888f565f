"""Unpack what was packed for the way, in parts of bounded size: a small body must not fill the memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from app.core.outcomes import Reason
from app.errors import AnswerRefused

PART_BYTES = 64 * 2**10
_GZIP_ONLY = 16 + zlib.MAX_WBITS


class Plain:
    """What was not packed at all."""

    def feed(self, packed: bytes) -> Iterator[bytes]:
        yield packed

    def is_complete(self) -> bool:
        return True


class Gzip:
    """Unpacks in parts of bounded size; several members one after the other are one body (RFC 1952)."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_ONLY)

    def feed(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_ONLY)
            try:
                part = self._member.decompress(packed, PART_BYTES)
            except zlib.error:
                raise AnswerRefused(Reason.BODY_BAD_ENCODING, detail="not the gzip it claims to be") from None
            if part:
                yield part
            packed = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def is_complete(self) -> bool:
        return self._member.eof


def unpacker(encoding: str) -> Plain | Gzip:
    """What unpacks this Content-Encoding. Raises AnswerRefused (body.bad_encoding) for one we did not offer."""
    match encoding.strip().casefold():
        case "" | "identity":
            return Plain()
        case "gzip" | "x-gzip":
            return Gzip()
    raise AnswerRefused(Reason.BODY_BAD_ENCODING, detail="an encoding that was not asked for")
