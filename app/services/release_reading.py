"""Ask Discogs for one release, and tell what came of it."""

from __future__ import annotations

from datetime import datetime

from app.core.release_ages import ReleaseStatus
from app.core.release_records import RejectedRelease
from app.core.releases import parse_release
from app.errors import DiscogsNotFound, DiscogsResponseError
from app.formats.packed_json import pack
from app.services.discogs_connection import Discogs
from app.services.release_store import Attempt


def attempt(client: Discogs, release_id: int, at: datetime) -> Attempt:
    """One attempt to read a release at the moment `at`: whatever is about this release alone is in the answer.

    Raises Cancelled, and DiscogsAPIError for what concerns all releases alike: no network, no right, too fast.
    """
    try:
        told = client.release(release_id)
    except DiscogsNotFound as error:
        return Attempt(release_id, ReleaseStatus.GONE, at, problem=str(error.reason))
    except DiscogsResponseError as error:
        return Attempt(release_id, ReleaseStatus.FAILED, at, problem=str(error.reason))
    return judged(told, pack(told), release_id, at)


def judged(told: object, body: bytes, release_id: int, at: datetime) -> Attempt:
    """The attempt that was answered with `told`, which is `body` when it is packed."""
    found = parse_release(told, release_id)
    if isinstance(found, RejectedRelease):
        return Attempt(release_id, ReleaseStatus.UNREADABLE, at, problem=found.problem)
    return Attempt(release_id, ReleaseStatus.KNOWN, at, body=body, release=found)
