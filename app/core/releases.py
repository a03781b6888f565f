"""From the body of `/releases/{id}` to a `Release`: tolerant of what is missing, strict about what is there.

Keys without a value are absent. A wrong type rejects the whole body; an address that is not safe to show is left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from app.core.json_values import count, entries, identity, text, texts
from app.core.parsing import DISCOGS_IMAGES, LONGEST_URL, MAX_ID, Unreadable, parse_year, safe_image
from app.core.release_records import (
    Credit,
    FormatPart,
    Identifier,
    Image,
    LabelCredit,
    Market,
    RejectedRelease,
    Release,
    Track,
    Video,
)

NUMBERED = re.compile(r" \(\d+\)$")
TRACK_KINDS = {"track", "heading", "index"}


def parse_release(
    body: object, release_id: int, image_origins: tuple[str, ...] = DISCOGS_IMAGES
) -> Release | RejectedRelease:
    """The release that was asked for, or why the body is not it. Never raises on what Discogs may send."""
    if not isinstance(body, dict):
        return RejectedRelease("the body is no object")
    try:
        told_id = identity(body, "id")
        if told_id != release_id:
            return RejectedRelease(f"release {told_id} instead of {release_id}")
        return _parse(release_id, body, image_origins)
    except Unreadable as problem:
        return RejectedRelease(str(problem))


def lowest_price(body: object) -> float | None:
    """What the cheapest copy costs, of the body of a release that is wanted for nothing else."""
    return _price(body.get("lowest_price")) if isinstance(body, dict) else None


def display_artist(artists: list[Mapping[str, Any]]) -> str:
    """All artists as the sleeve names them, with what joins them.

    >>> display_artist([{"name": "Nova (2)", "join": "&"}, {"name": "The Examples", "anv": "Examples"}])
    'Nova & Examples'
    """
    pieces = []
    for place, told in enumerate(artists):
        name, glue = _name(told), text(told, "join")
        if name is None:
            continue
        is_last = place == len(artists) - 1
        pieces.append(name if is_last else name + _glue(glue))
    return "".join(pieces).strip()


def _glue(join: str | None) -> str:
    if join is None or join == ",":
        return ", "
    return f" {join} "


def _parse(release_id: int, body: Mapping[str, Any], origins: tuple[str, ...]) -> Release:
    title = text(body, "title")
    if title is None:
        raise Unreadable("title is missing")
    community = body.get("community")
    counters = community if isinstance(community, dict) else {}
    return Release(
        release_id=release_id,
        title=title,
        artist=display_artist(list(entries(body, "artists"))),
        artists=_credits(body, "artists"),
        labels=tuple(_labels(body)),
        country=text(body, "country"),
        year=parse_year(body.get("year")),
        released=text(body, "released"),
        genres=texts(body, "genres"),
        styles=texts(body, "styles"),
        formats=tuple(formats_of(body)),
        identifiers=tuple(_identifiers(body)),
        tracklist=tuple(_tracks(body, "tracklist", is_top=True)),
        credits=_credits(body, "extraartists"),
        videos=tuple(_videos(body)),
        images=tuple(_images(body, origins)),
        notes=text(body, "notes"),
        master_id=_master(body.get("master_id")),
        have=count(counters.get("have")),
        want=count(counters.get("want")),
        market=Market(_price(body.get("lowest_price")), count(body.get("num_for_sale"))),
    )


def _name(told: Mapping[str, Any]) -> str | None:
    """The spelling on the sleeve, else the name without the number that tells namesakes apart."""
    name = text(told, "name")
    return text(told, "anv") or (NUMBERED.sub("", name) if name else None)


def _credits(body: Mapping[str, Any], key: str) -> tuple[Credit, ...]:
    named = ((_name(told), told) for told in entries(body, key))
    return tuple(Credit(name, text(told, "role"), text(told, "tracks")) for name, told in named if name)


def _labels(body: Mapping[str, Any]) -> Iterator[LabelCredit]:
    for told in entries(body, "labels"):
        if name := text(told, "name"):
            yield LabelCredit(NUMBERED.sub("", name), text(told, "catno"))


def formats_of(body: Mapping[str, Any]) -> Iterator[FormatPart]:
    """What is in the box, of a release or of the basic information about one."""
    for told in entries(body, "formats"):
        if name := text(told, "name"):
            yield FormatPart(name, text(told, "qty"), texts(told, "descriptions"), text(told, "text"))


def _identifiers(body: Mapping[str, Any]) -> Iterator[Identifier]:
    for told in entries(body, "identifiers"):
        kind, value = text(told, "type"), text(told, "value")
        if kind and value:
            yield Identifier(kind, value, text(told, "description"))


def _tracks(body: Mapping[str, Any], key: str, *, is_top: bool) -> Iterator[Track]:
    for told in entries(body, key):
        title = text(told, "title")
        kind = text(told, "type_") or "track"
        yield Track(
            position=text(told, "position"),
            kind=kind if kind in TRACK_KINDS else "track",
            title=title or "",
            duration=text(told, "duration"),
            artist=display_artist(list(entries(told, "artists"))) or None,
            credits=_credits(told, "extraartists"),
            sub_tracks=tuple(_tracks(told, "sub_tracks", is_top=False)) if is_top else (),
        )


def _videos(body: Mapping[str, Any]) -> Iterator[Video]:
    for told in entries(body, "videos"):
        if (uri := _https(told.get("uri"))) is not None:
            yield Video(uri, text(told, "title"), count(told.get("duration")))


def _images(body: Mapping[str, Any], origins: tuple[str, ...]) -> Iterator[Image]:
    for told in entries(body, "images"):
        uri = safe_image(told.get("uri"), origins)
        if uri is not None:
            thumbnail = safe_image(told.get("uri150"), origins)
            yield Image(uri, thumbnail, count(told.get("width")), count(told.get("height")))


def _https(value: object) -> str | None:
    """An address of the open web that is safe to link to."""
    if not isinstance(value, str) or len(value) > LONGEST_URL or not re.fullmatch(r"https://[!-~]+", value):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.hostname and "@" not in parts.netloc else None


def _master(value: object) -> int | None:
    return value if type(value) is int and 1 <= value <= MAX_ID else None


def _price(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 10**9 and math.isfinite(value) else None
