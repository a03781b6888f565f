"""Single values out of decoded JSON that nobody vouches for: absent is None, another type is Unreadable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.core.parsing import MAX_COUNT, MAX_ID, Unreadable, clean

MOST_ENTRIES = 5000


def text(told: Mapping[str, Any], key: str) -> str | None:
    """The text under `key`, without spaces around it; None when it is absent or blank. Numbers become text."""
    value = told.get(key)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise Unreadable(f"{key} is no text: {type(value).__name__}")
    return clean(value).strip() or None


def texts(told: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The texts of the list under `key`, each once, blank ones left out."""
    found = (text({key: value}, key) for value in _list(told, key))
    return tuple(dict.fromkeys(each for each in found if each))


def entries(told: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    """The objects of the list under `key`."""
    for value in _list(told, key):
        if not isinstance(value, dict):
            raise Unreadable(f"{key} holds something that is no object: {type(value).__name__}")
        yield value


def identity(told: Mapping[str, Any], key: str) -> int:
    """The Discogs id under `key`; it has to be there."""
    value = told.get(key)
    if type(value) is not int or not 1 <= value <= MAX_ID:
        raise Unreadable(f"{key} is no Discogs id: {value!r:.60}")
    return value


def count(value: object) -> int | None:
    """A whole number from 0 on, or None for anything else."""
    return value if type(value) is int and 0 <= value <= MAX_COUNT else None


def _list(told: Mapping[str, Any], key: str) -> list[object]:
    value = told.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable(f"{key} is no list: {type(value).__name__}")
    if len(value) > MOST_ENTRIES:
        raise Unreadable(f"{key} has {len(value)} entries")
    return value
