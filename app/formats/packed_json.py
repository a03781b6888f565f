"""JSON kept small: what came from outside, as it came, packed with zstd."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import zstandard

LEVEL = 9


def pack(told: Mapping[str, Any]) -> bytes:
    """The object as packed JSON. Whatever was decoded can be packed, lone surrogates and long numbers too."""
    text = json.dumps(told, separators=(",", ":"), ensure_ascii=True)
    return zstandard.ZstdCompressor(level=LEVEL).compress(text.encode("ascii"))


def unpack(packed: bytes) -> object:
    """What was packed."""
    return json.loads(zstandard.ZstdDecompressor().decompress(packed))


def unpacked(packed: bytes) -> object:
    """What was packed; None for bytes that are damaged."""
    try:
        return unpack(packed)
    except (zstandard.ZstdError, ValueError, RecursionError):
        return None
