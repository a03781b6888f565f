"""What pages show of what others know of a record: only what they may load, and link to, and with who told it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.core.enrichment import Field
from app.core.told_text import Unfit, safe_address
from app.services.enriched import PERSON, Shown, of_record
from app.services.picture_origins import may_be_loaded
from config import Settings


@dataclass(frozen=True, slots=True)
class Told:
    """Who told something, where, and when. `model` wrote it; `is_by_hand`: a person did."""

    provider: str
    source: str | None
    model: str | None
    at: datetime | None

    @property
    def is_by_hand(self) -> bool:
        """Whether a person wrote or chose it."""
        return self.provider == PERSON


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that the page may load, in two sizes."""

    uri: str
    uri150: str
    told: Told


@dataclass(frozen=True, slots=True)
class RecordPage:
    """What is shown of one record besides what Discogs tells; None where there is nothing."""

    cover: Picture | None = None
    artist: Picture | None = None
    streaming: str | None = None
    description: str | None = None
    described: Told | None = None

    def cover_before(self, own: str | None) -> Picture | None:
        """The cover in place of Discogs' own: one that a person chose, or any where there is none."""
        return self.cover if self.cover is not None and (self.cover.told.is_by_hand or not own) else None


def record_page(connection: Connection, settings: Settings, release_id: int, artist: str | None) -> RecordPage:
    """What is shown of a release and its artist; one statement."""
    known = of_record(connection, release_id, artist)
    link, text = known.get(Field.SPOTIFY_URL), known.get(Field.DESCRIPTION)
    words = None if text is None else _text(text.value, "text")
    return RecordPage(
        cover=_picture(known.get(Field.COVER), settings),
        artist=_picture(known.get(Field.ARTIST_IMAGE), settings),
        streaming=None if link is None else _https(link.value.get("url")),
        description=words,
        described=None if text is None or words is None else _told(text),
    )


def _picture(shown: Shown | None, settings: Settings) -> Picture | None:
    if shown is None or not may_be_loaded(uri := _text(shown.value, "uri"), settings) or uri is None:
        return None
    small = _text(shown.value, "uri150")
    return Picture(uri, small if small and may_be_loaded(small, settings) else uri, _told(shown))


def _told(shown: Shown) -> Told:
    return Told(shown.provider, _https(shown.source), shown.model, shown.at)


def _https(address: object) -> str | None:
    """An address that may be linked to, else None."""
    try:
        found = safe_address(address)
    except Unfit:
        return None
    return found if found.startswith("https://") else None


def _text(value: Mapping[str, Any], key: str) -> str | None:
    found = value.get(key)
    return found if isinstance(found, str) and found.strip() else None
