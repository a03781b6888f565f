"""What a doctor says."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """How a thing stands: as it should be, worth a look, or broken."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Finding(NamedTuple):
    """What was looked at, how it stands, and what to do, "" where nothing is."""

    about: str
    verdict: Verdict
    detail: str
    advice: str = ""
