"""How a collection is read: its copies, and what Discogs says of one that is not shown."""

from __future__ import annotations

from app.core.copies import parse_copy
from app.core.mirrored import Told
from app.core.outcomes import RemovalReason
from app.core.records import Rejected
from app.discogs.page_walk import PageWalk
from app.discogs.shelf_walks import collection_walk
from app.errors import DiscogsNotFound
from app.services.asking import Absent, Ask, Word
from app.services.discogs_connection import Discogs
from app.services.subject import Subject


def walk(
    client: Discogs, subject: Subject, *, expected_pages: int | None, hidden_before: int, limit: int | None
) -> PageWalk:
    """All copies of the account, whatever folder they lie in."""
    return collection_walk(
        client, subject.username, expected_pages=expected_pages, hidden_before=hidden_before, limit=limit
    )


def parse(item: object, subject: Subject, image_origins: tuple[str, ...]) -> Told | Rejected:
    """One copy. Strangers are told the notes in public fields only, and nothing says which were left out."""
    copy = parse_copy(item, image_origins)
    return copy if isinstance(copy, Rejected) else Told(copy, is_whole=subject.is_owner)


def ask(client: Discogs, subject: Subject) -> Ask:
    """Ask which copies of the same release there are; once per release."""
    answered: dict[int, frozenset[int] | None] = {}

    def word_on(instance_id: int, absent: Absent) -> RemovalReason | Word:
        if absent.release_id not in answered:
            answered[absent.release_id] = _copies_of(client, subject, absent.release_id)
        copies = answered[absent.release_id]
        if copies is None:
            return Word.NONE
        return Word.STILL_THERE if instance_id in copies else absent.reason

    return word_on


def _copies_of(client: Discogs, subject: Subject, release_id: int) -> frozenset[int] | None:
    """The instance ids of the copies of a release; None when there is a row among them that does not tell its id."""
    try:
        rows = client.copies_of_release(subject.username, release_id)
    except DiscogsNotFound:  # so documented for an unknown user; no word on the copy
        return None
    parsed = [parse_copy(row) for row in rows]
    ids = [copy.item_id if isinstance(copy, Rejected) else copy.instance_id for copy in parsed]
    return None if None in ids else frozenset(number for number in ids if number is not None)
