"""Who made the albums of a collection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from app.core.artist_keys import artist_key
from app.core.enrichment import Field
from app.formats.album import Item
from app.services.enriched import Fields


def artists_of(albums: Iterable[tuple[str | None, int]], pictures: Mapping[str, Fields]) -> list[Item]:
    """One entry per artist of (artist, release id), in the order of their names; `pictures` by folded name."""
    releases: dict[str, list[int]] = defaultdict(list)
    for artist, release_id in albums:
        if artist:
            releases[artist].append(release_id)
    return [
        {
            "name": name,
            "images": _images(pictures.get(artist_key(name) or "", {})),
            "albums": len(found),
            "releases": len(set(found)),
        }
        for name, found in sorted(releases.items(), key=lambda pair: (pair[0].casefold(), pair[0]))
    ]


def _images(known: Fields) -> list[Item]:
    shown = known.get(Field.ARTIST_IMAGE)
    return [] if shown is None else [{"type": "artist", **shown.value, "source": shown.provider}]
