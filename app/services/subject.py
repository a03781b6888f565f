"""Whose stream a run reads, and with whose eyes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """The account as Discogs knows it. `is_owner`: its own credential asks."""

    source_id: int
    user_id: int
    username: str
    is_owner: bool
