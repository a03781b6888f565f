"""What others know of an album, as JSON shows it beside what Discogs told."""

from __future__ import annotations

from app.core.enrichment import Field
from app.formats.album import Item, Shelved
from app.services.enriched import PERSON, Fields, Shown


def enriched_album(copy: Shelved, known: Fields) -> Item:
    """The cover that is shown, the album at Spotify, the description; and of each where it is from.

    A hidden cover hides Discogs' pictures of the album with it.
    """
    is_bare = Field.COVER in known and known[Field.COVER] is None
    link, text = known.get(Field.SPOTIFY_URL), known.get(Field.DESCRIPTION)
    return {
        **({"images": []} if is_bare else {}),
        "cover": None if is_bare else _cover(copy, known.get(Field.COVER)),
        "spotify_url": None if link is None else link.value["url"],
        "ai_description": None if text is None else text.value["text"],
        "enrichments": {str(field): shown.origin for field, shown in sorted(known.items()) if shown is not None},
    }


def _cover(copy: Shelved, shown: Shown | None) -> Item | None:
    """What a person chose, else Discogs' own, else what somebody else had of it."""
    has_own = copy.cover_image is not None or copy.thumb is not None
    if shown is not None and (shown.provider == PERSON or not has_own):
        return {"uri": shown.value["uri"], "uri150": shown.value["uri150"], "source": shown.provider}
    if not has_own:
        return None
    whole, small = copy.cover_image or copy.thumb, copy.thumb or copy.cover_image
    return {"uri": whole, "uri150": small, "source": "discogs"}
