"""A release as a value: what its page in the catalogue says, as far as it is shown or used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Credit(NamedTuple):
    """Somebody named on a release. `name` is the spelling on the sleeve; `role` and `tracks` may be empty."""

    name: str
    role: str | None = None
    tracks: str | None = None


class LabelCredit(NamedTuple):
    """A label and its catalogue number."""

    name: str
    catalog_number: str | None


class FormatPart(NamedTuple):
    """One kind of medium in the box."""

    name: str
    quantity: str | None
    descriptions: tuple[str, ...]
    text: str | None


def format_text(parts: Iterable[FormatPart]) -> str | None:
    """All media in the box, as text that a format filter can search.

    >>> format_text([FormatPart("Vinyl", "2", ("LP", "Album"), "Blue"), FormatPart("CD", None, (), None)])
    '2xVinyl, LP, Album, Blue + CD'
    """
    return " + ".join(map(_medium_text, parts)) or None


def _medium_text(part: FormatPart) -> str:
    head = part.name if part.quantity in {None, "0", "1"} else f"{part.quantity}x{part.name}"
    told = dict.fromkeys((head, *part.descriptions, part.text))
    return ", ".join(text for text in told if text)


class Identifier(NamedTuple):
    """A barcode, a matrix number and the like."""

    kind: str
    value: str
    description: str | None


class Track(NamedTuple):
    """One line of a track list; `kind` is track, heading or index, and an index holds the tracks below it."""

    position: str | None
    kind: str
    title: str
    duration: str | None
    artist: str | None
    credits: tuple[Credit, ...]
    sub_tracks: tuple[Track, ...]


class Video(NamedTuple):
    """A video somebody linked to the release; always https."""

    uri: str
    title: str | None
    seconds: int | None


class Image(NamedTuple):
    """A picture to link to, with its size in pixels where it is told."""

    uri: str
    thumbnail: str | None
    width: int | None
    height: int | None


class Market(NamedTuple):
    """What copies cost when the body was fetched: without a currency, and soon out of date."""

    lowest_price: float | None
    for_sale: int | None


class ReleaseFacts(NamedTuple):
    """What the shop's listings are shown and found with. Lists are joined by a comma and a space."""

    country: str | None
    genres: str | None
    styles: str | None
    barcode: str | None
    master_id: int | None
    formats: str | None  # as `format_text` makes it


class Release(NamedTuple):
    """One entry of the catalogue."""

    release_id: int
    title: str
    artist: str
    artists: tuple[Credit, ...]
    labels: tuple[LabelCredit, ...]
    country: str | None
    year: int | None
    released: str | None
    genres: tuple[str, ...]
    styles: tuple[str, ...]
    formats: tuple[FormatPart, ...]
    identifiers: tuple[Identifier, ...]
    tracklist: tuple[Track, ...]
    credits: tuple[Credit, ...]
    videos: tuple[Video, ...]
    images: tuple[Image, ...]
    notes: str | None
    master_id: int | None
    have: int | None
    want: int | None
    market: Market

    @property
    def barcode(self) -> str | None:
        """The first barcode, as it is written on the sleeve."""
        return next((one.value for one in self.identifiers if one.kind.casefold() == "barcode"), None)

    @property
    def facts(self) -> ReleaseFacts:
        """What the shop wants to know of it."""
        genres, styles = ", ".join(self.genres) or None, ", ".join(self.styles) or None
        return ReleaseFacts(self.country, genres, styles, self.barcode, self.master_id, format_text(self.formats))


class RejectedRelease(NamedTuple):
    """A body that is no release, and why."""

    problem: str
