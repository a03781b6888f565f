"""What the mirror's records are enriched with, by whom, and when somebody is asked again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

FIRST_PAUSE = timedelta(hours=1)
LONGEST_PAUSE = timedelta(days=7)
NOBODY = frozenset({"various", "various artists", "unknown artist", "no artist", "traditional"})


class SubjectKind(StrEnum):
    """What is enriched: a release, of which there may be many copies and listings, or an artist by folded name."""

    RELEASE = "release"
    ARTIST = "artist"


class Field(StrEnum):
    """One thing that may be known of a subject."""

    COVER = "cover"
    SPOTIFY_URL = "spotify_url"
    DESCRIPTION = "description"
    ARTIST_IMAGE = "artist_image"


class State(StrEnum):
    """How the question after a field stands with one provider."""

    WANTED = "wanted"
    DONE = "done"
    NOTHING = "nothing"  # the provider knows nothing; asked again after a while
    FAILED = "failed"


SUBJECT_OF = {
    Field.COVER: SubjectKind.RELEASE,
    Field.SPOTIFY_URL: SubjectKind.RELEASE,
    Field.DESCRIPTION: SubjectKind.RELEASE,
    Field.ARTIST_IMAGE: SubjectKind.ARTIST,
}
# Who is asked for a field, one after the other until somebody knows.
CHAINS: Mapping[Field, tuple[str, ...]] = {
    Field.COVER: ("discogs", "musicbrainz"),
    Field.SPOTIFY_URL: ("spotify",),
    Field.DESCRIPTION: ("ai",),
    Field.ARTIST_IMAGE: ("spotify",),
}


class CatalogueFacts(NamedTuple):
    """What Discogs says of a release: all that a provider is ever told."""

    release_id: int
    title: str | None
    artist: str | None
    year: int | None = None
    label: str | None = None
    catalog_number: str | None = None
    format: str | None = None
    country: str | None = None
    genres: str | None = None
    styles: str | None = None
    barcode: str | None = None
    cover: str | None = None
    thumb: str | None = None


class Question(NamedTuple):
    """What a provider is asked: a field of a release, or (without one) of an artist."""

    field: Field
    artist: str | None
    release: CatalogueFacts | None = None


class Found(NamedTuple):
    """An answer. `value` is JSON: {"uri", "uri150"} of a picture, {"url"} of a link, {"text"} of a description."""

    value: Mapping[str, Any]
    source: str | None = None  # the page it is from
    model: str | None = None
    score: float | None = None  # how well what was found fits what was asked for


class Nothing(NamedTuple):
    """The provider knows nothing that fits."""

    why: str = ""


class Wish(NamedTuple):
    """A field, and who is asked for it first."""

    field: Field
    provider: str


def wishes(providers: Collection[str]) -> tuple[Wish, ...]:
    """What to ask whom, with these providers at hand.

    >>> [str(wish.field) for wish in wishes({"spotify"})]
    ['spotify_url', 'artist_image']
    """
    firsts = ((field, [name for name in chain if name in providers]) for field, chain in CHAINS.items())
    return tuple(Wish(field, names[0]) for field, names in firsts if names)


def seconds_asked(providers: Collection[str]) -> tuple[Wish, ...]:
    """Of the fields that several may know, who of these providers may be asked besides.

    >>> [wish.provider for wish in seconds_asked({"spotify", "musicbrainz"})]
    ['musicbrainz']
    """
    chains = ((field, chain) for field, chain in CHAINS.items() if len(chain) > 1)
    return tuple(Wish(field, name) for field, chain in chains for name in chain if name in providers)


def next_in_chain(field: Field, provider: str, providers: Collection[str]) -> str | None:
    """Who is asked when `provider` knew nothing.

    >>> next_in_chain(Field.COVER, "discogs", {"discogs", "musicbrainz"})
    'musicbrainz'
    """
    chain = CHAINS[field]
    later = chain[chain.index(provider) + 1 :] if provider in chain else ()
    return next((name for name in later if name in providers), None)


def pause_after_failure(attempts: int) -> timedelta:
    """How long an item waits that failed for the `attempts`-th time.

    >>> [pause_after_failure(attempts).total_seconds() / 3600 for attempts in (1, 2, 3, 99)]
    [1.0, 2.0, 4.0, 168.0]
    """
    doublings = min(max(attempts - 1, 0), 20)
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << doublings))


def again_at(
    state: State, now: datetime, *, attempts: int, retry_days: int, has_answered: bool = False
) -> datetime | None:
    """When an item is asked for again that ended like this; None: never by itself.

    `has_answered`: what failed was the answer, which was paid for.
    """
    if state is State.NOTHING or (state is State.FAILED and has_answered):
        return now + timedelta(days=retry_days)
    return now + pause_after_failure(attempts) if state is State.FAILED else None
