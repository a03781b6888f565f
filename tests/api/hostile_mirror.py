"""A mirror with one listing for each hostile text, which stands in all of its fields."""

from __future__ import annotations

import html
from typing import Any

from app.core.parsing import parse_item
from app.core.records import Parsed
from tests.builders import MirrorBuilder
from tests.hostile import TEXTS, stored

FIRST_ID = 7_000_001
IDS = {name: FIRST_ID + place for place, name in enumerate(TEXTS)}
# Public name → what the text is stored in.
LISTING_FIELDS = (
    "condition",
    "sleeve_condition",
    "artist_names",
    "release_title",
    "label_names",
    "catalog_number",
    "format_names",
    "comments",
    "ships_from",
)
RELEASE_FIELDS = ("genres", "styles", "country", "barcode")


def fill(mirror: MirrorBuilder) -> None:
    """Write all sixty, as parsing leaves them when Discogs sends them."""
    parsed = [parse_item(item(IDS[name], text)) for name, text in TEXTS.items()]
    assert all(isinstance(each, Parsed) for each in parsed), parsed
    releases = [
        {"release_id": IDS[name], **dict.fromkeys(RELEASE_FIELDS, stored(text))} for name, text in TEXTS.items()
    ]
    for name, text in TEXTS.items():
        mirror.body(IDS[name], release_body(text))
    mirror.write([each.listing._asdict() for each in parsed if isinstance(each, Parsed)], releases)


def release_body(text: str) -> dict[str, Any]:
    """The body of a release with `text` wherever text may stand; a title is there whatever the text is."""
    credit = {"name": text, "anv": text, "join": text, "role": text, "tracks": text}
    track = {"position": text, "type_": text, "title": text, "duration": text, "artists": [credit]}
    return {
        "title": f"Title {text}",
        "artists": [credit, credit],
        "extraartists": [credit],
        "labels": [{"name": text, "catno": text}],
        "country": text,
        "released": text,
        "genres": [text],
        "styles": [text],
        "formats": [{"name": text, "qty": text, "descriptions": [text], "text": text}],
        "identifiers": [{"type": text, "value": text, "description": text}],
        "tracklist": [track | {"extraartists": [credit], "sub_tracks": [track]}],
        "videos": [{"uri": f"javascript:{text}", "title": text}],
        "images": [{"uri": text, "uri150": text}],
        "notes": text,
        "community": text,
    }


def item(listing_id: int, text: str) -> dict[str, Any]:
    """An item of Discogs' inventory with `text` wherever text may stand."""
    return {
        "id": listing_id,
        "status": "For Sale",
        "condition": text,
        "sleeve_condition": text,
        "comments": html.escape(text),  # as Discogs sends comments
        "ships_from": text,
        "location": text,
        "external_id": text,
        "posted": "2026-03-01T08:00:00",
        "original_price": {"value": 18.5, "curr_abbr": text[:8]},
        "release": {
            "id": listing_id,
            "title": text,
            "artist": text,
            "label": text,
            "format": text,
            "catalog_number": text,
            "thumbnail": text,
            "images": [{"uri": text, "resource_url": text}],
        },
    }
