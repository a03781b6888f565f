"""What a server answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole HTTP answer, unpacked. Header names are found in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
