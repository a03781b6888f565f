"""Values out of a provider's JSON, which nobody vouches for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from app.core.outcomes import Reason
from app.core.told_text import Unfit, safe_address
from app.errors import ProviderAnswerUnfit

MOST_ENTRIES = 50
LONGEST_WORDS = 500


def objects(told: object, *path: str) -> Iterator[Mapping[str, Any]]:
    """The objects of the list that lies below `path`. Raises ProviderAnswerUnfit when there is no list."""
    for key in path:
        told = told.get(key) if isinstance(told, dict) else None
    if not isinstance(told, list):
        raise unusable(f"no list of {'.'.join(path)}")
    yield from (each for each in told[:MOST_ENTRIES] if isinstance(each, dict))


def words(told: Mapping[str, Any], key: str) -> str:
    """The text under `key`; "" for anything else."""
    value = told.get(key)
    return value[:LONGEST_WORDS] if isinstance(value, str) else ""


def names(told: Mapping[str, Any], key: str) -> list[str]:
    """The names of the objects in the list under `key`."""
    found = told.get(key)
    listed = found if isinstance(found, list) else []
    return [name for each in listed if isinstance(each, dict) and (name := words(each, "name"))]


def address(told: object, *hosts: str) -> str:
    """An address that may be shown. Raises ProviderAnswerUnfit."""
    try:
        return safe_address(told, hosts=hosts)
    except Unfit as problem:
        raise unusable(str(problem)) from None


def named_elsewhere(base_url: str, usual_host: str) -> tuple[str, ...]:
    """The origin of an address of settings, when it is not the usual one.

    >>> named_elsewhere("http://127.0.0.1:8089/spotify/v1", "api.spotify.com")
    ('http://127.0.0.1:8089/',)
    """
    parts = urlsplit(base_url)
    return () if parts.hostname == usual_host else (f"{parts.scheme}://{parts.netloc}/",)


def unusable(detail: str) -> ProviderAnswerUnfit:
    """An answer that is JSON and yet no answer."""
    return ProviderAnswerUnfit(Reason.SCHEMA_ENVELOPE, detail=detail)
