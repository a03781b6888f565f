"""How a wantlist is read. Discogs cannot be asked about a single want: a second snapshot tells that it is gone."""

from __future__ import annotations

from app.core.copies import parse_want
from app.core.mirrored import Told
from app.core.records import Rejected
from app.discogs.page_walk import PageWalk
from app.discogs.shelf_walks import wants_walk
from app.services.discogs_connection import Discogs
from app.services.subject import Subject


def walk(
    client: Discogs, subject: Subject, *, expected_pages: int | None, hidden_before: int, limit: int | None
) -> PageWalk:
    """All wants of the account."""
    return wants_walk(client, subject.username, expected_pages=expected_pages, hidden_before=hidden_before, limit=limit)


def parse(item: object, subject: Subject, image_origins: tuple[str, ...]) -> Told | Rejected:
    """One want. Its notes are told to the owner alone."""
    want = parse_want(item, image_origins)
    return want if isinstance(want, Rejected) else Told(want, is_whole=subject.is_owner)
