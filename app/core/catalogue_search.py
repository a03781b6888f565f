"""A release as the search of the catalogue tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.core.json_values import count, identity, text, texts
from app.core.parsing import safe_image

BETWEEN = " - "


class FoundRelease(NamedTuple):
    """One result. The search tells artist and title in one text: what stands before the first dash is the artist."""

    release_id: int
    artist: str | None
    title: str | None
    year: int | None
    formats: tuple[str, ...]
    labels: tuple[str, ...]
    catalog_number: str | None
    country: str | None
    genres: tuple[str, ...]
    styles: tuple[str, ...]
    master_id: int | None
    thumb: str | None


def parse_found(row: Mapping[str, Any], image_origins: tuple[str, ...]) -> FoundRelease:
    """A row of the results. Raises Unreadable."""
    artist, title = _parts(text(row, "title"))
    year = text(row, "year") or ""
    return FoundRelease(
        release_id=identity(row, "id"),
        artist=artist,
        title=title,
        year=int(year) if year.isascii() and year.isdigit() and 0 < int(year[:5]) <= 9999 else None,
        formats=texts(row, "format"),
        labels=texts(row, "label"),
        catalog_number=text(row, "catno"),
        country=text(row, "country"),
        genres=texts(row, "genre"),
        styles=texts(row, "style"),
        master_id=count(row.get("master_id")) or None,
        thumb=safe_image(row.get("thumb"), image_origins),
    )


def _parts(name: str | None) -> tuple[str | None, str | None]:
    """Artist and title.

    >>> _parts("The Examples - Example Days - Live"), _parts("Example Days")
    (('The Examples', 'Example Days - Live'), (None, 'Example Days'))
    """
    artist, dash, title = (name or "").partition(BETWEEN)
    return (artist.strip() or None, title.strip() or None) if dash else (None, name)
