"""How each stream is read from Discogs: one description per stream, and all that differs between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.copies import keep_untold_of_copy, keep_untold_of_want
from app.core.fingerprint import keep_untold
from app.core.mirrored import Told
from app.core.plan import Policy
from app.core.records import Rejected
from app.discogs.page_walk import PageWalk
from app.models.streams import COLLECTION, INVENTORY, WANTLIST, Stream
from app.services import collection_reading, inventory_reading, wantlist_reading
from app.services.asking import Ask
from app.services.discogs_connection import Discogs
from app.services.shelf_surroundings import Surroundings, around_collection, around_wantlist
from app.services.subject import Subject
from config import Settings


@dataclass(frozen=True, slots=True)
class Reading:
    """`walk(client, subject, expected_pages=, hidden_before=, limit=)` reads the pages, `parse(item, subject, image
    origins)` one row of them, and `keep_untold(seen, known)` completes what a stranger saw by what is known.

    `shows_owner`: a page read with the owner's eyes can be told from a stranger's. `ask` makes the question whether an
    absent row is gone; without it a second snapshot decides. `look_around` reads first what lies around the rows.
    """

    stream: Stream
    walk: Callable[..., PageWalk]
    parse: Callable[[object, Subject, tuple[str, ...]], Told | Rejected]
    keep_untold: Callable[[Any, Any], Any]
    shows_owner: bool = False
    ask: Callable[[Discogs, Subject], Ask] | None = None
    look_around: Callable[[Discogs, Subject, Callable[[], Discogs] | None], Surroundings] | None = None


READINGS = {
    reading.stream.kind: reading
    for reading in (
        Reading(
            INVENTORY,
            inventory_reading.walk,
            inventory_reading.parse,
            keep_untold,
            shows_owner=True,
            ask=inventory_reading.ask,
        ),
        Reading(
            COLLECTION,
            collection_reading.walk,
            collection_reading.parse,
            keep_untold_of_copy,
            ask=collection_reading.ask,
            look_around=around_collection,
        ),
        Reading(
            WANTLIST,
            wantlist_reading.walk,
            wantlist_reading.parse,
            keep_untold_of_want,
            look_around=around_wantlist,
        ),
    )
}


def policy_of(settings: Settings, stream: Stream) -> Policy:
    """What the runs of a stream may do. A wantlist is to its collection as the settings want it."""
    return Policy(settings.inventory_sync_policy if stream is INVENTORY else settings.collection_sync_policy)
