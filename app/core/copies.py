"""From a row of a collection to a `Copy`, of a wantlist to a `Want`.

Lenient where a value may be unknown, strict where it would lie.

Field meanings: Discogs API documentation, "User Collection" and "User Wantlist". 0 stands for an unrated release, an
unknown year and no master; `notes` is absent when there are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import orjson

from app.core.copy_records import Copy, Want
from app.core.json_values import count, entries, identity, text, texts
from app.core.parsing import DISCOGS_IMAGES, MAX_ID, Unreadable, parse_year, safe_image
from app.core.records import Rejected
from app.core.release_records import format_text
from app.core.releases import NUMBERED, display_artist, formats_of
from app.core.times import parse_time

BEST_RATING = 5
S = TypeVar("S", Copy, Want)


def parse_copy(item: object, image_origins: tuple[str, ...] = DISCOGS_IMAGES) -> Copy | Rejected:
    """One row of `releases`; never raises on what Discogs may send."""
    if not isinstance(item, dict):
        return Rejected(None, "the item is no object")
    try:
        instance_id = identity(item, "instance_id")
    except Unreadable as problem:
        return Rejected(None, str(problem))
    try:
        return _parse(instance_id, item, image_origins)
    except Unreadable as problem:
        return Rejected(instance_id, str(problem))


def parse_want(item: object, image_origins: tuple[str, ...] = DISCOGS_IMAGES) -> Want | Rejected:
    """One row of `wants`; never raises on what Discogs may send."""
    if not isinstance(item, dict):
        return Rejected(None, "the item is no object")
    try:
        release_id = identity(item, "id")
    except Unreadable as problem:
        return Rejected(None, str(problem))
    try:
        return Want(release_id=release_id, notes=text(item, "notes"), **_shelved(item, image_origins))
    except Unreadable as problem:
        return Rejected(release_id, str(problem))


def keep_untold_of_copy(copy: Copy, known: Copy) -> Copy:
    """The copy as a stranger sees it, completed by what only the owner's view told before.

    Strangers are told the notes in public fields only, and perhaps no folder and no pictures.
    """
    notes = {**_noted(known.notes), **_noted(copy.notes)}
    kept = _complete(copy, known, ("folder_id", "thumb", "cover_image"))
    return kept._replace(notes=_note_text({int(field): value for field, value in notes.items()}))


def keep_untold_of_want(want: Want, known: Want) -> Want:
    """The same of a want: its notes are told to the owner alone."""
    return _complete(want, known, ("notes", "thumb", "cover_image"))


def _complete(seen: S, known: S, names: tuple[str, ...]) -> S:
    return seen._replace(**{name: getattr(known, name) for name in names if getattr(seen, name) is None})


def _parse(instance_id: int, item: Mapping[str, Any], origins: tuple[str, ...]) -> Copy:
    return Copy(
        instance_id=instance_id,
        release_id=identity(item, "id"),
        folder_id=count(item.get("folder_id")),
        notes=_notes(item),
        **_shelved(item, origins),
    )


def _shelved(item: Mapping[str, Any], origins: tuple[str, ...]) -> dict[str, Any]:
    """What a copy and a want have in common, by field."""
    basic = item.get("basic_information")
    if not isinstance(basic, dict):
        raise Unreadable("basic_information is missing")
    release_id = identity(item, "id")
    if basic.get("id", release_id) != release_id:
        raise Unreadable(f"basic_information is of release {basic['id']!r:.60}, the row of {release_id}")
    title = text(basic, "title")
    if title is None:
        raise Unreadable("title is missing")
    labels = list(entries(basic, "labels"))
    return {
        "rating": _rating(item.get("rating")),
        "added_at": parse_time(item.get("date_added")),
        "title": title,
        "artist": display_artist(list(entries(basic, "artists"))) or None,
        "label": _joined(NUMBERED.sub("", text(told, "name") or "") for told in labels),
        "catalog_number": _joined(text(told, "catno") for told in labels),
        "format": format_text(formats_of(basic)),
        "year": parse_year(basic.get("year")),
        "genres": _joined(texts(basic, "genres")),
        "styles": _joined(texts(basic, "styles")),
        "thumb": safe_image(basic.get("thumb"), origins),
        "cover_image": safe_image(basic.get("cover_image"), origins),
        "master_id": _master(basic.get("master_id")),
    }


def _notes(item: Mapping[str, Any]) -> str | None:
    """What the user noted, by field; of two words in one field the last counts."""
    told: dict[int, str] = {}
    for note in entries(item, "notes"):
        if (value := text(note, "value")) is not None:
            told[identity(note, "field_id")] = value
    return _note_text(told)


def _note_text(told: Mapping[int, str]) -> str | None:
    return orjson.dumps({str(field): told[field] for field in sorted(told)}).decode() if told else None


def _noted(notes: str | None) -> dict[str, str]:
    return orjson.loads(notes) if notes else {}


def _joined(pieces: Any) -> str | None:
    return ", ".join(dict.fromkeys(piece for piece in pieces if piece)) or None


def _rating(value: object) -> int | None:
    return value if type(value) is int and 1 <= value <= BEST_RATING else None


def _master(value: object) -> int | None:
    return value if type(value) is int and 1 <= value <= MAX_ID else None
