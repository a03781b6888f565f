"""Digests: of one row's Discogs-owned fields, of a set of ids, of the whole live set."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import orjson

from app.core.mirrored import Record
from app.core.records import IMAGE_FIELDS, PRIVATE_FIELDS, Listing


def fingerprint(record: Record) -> bytes:
    """16 bytes that change exactly when a field Discogs owns changes."""
    return blake2b(orjson.dumps(tuple(record)), digest_size=16).digest()


def digest_of_ids(ids: Iterable[int]) -> str:
    """A digest of a set of ids, whatever their order."""
    digest = blake2b(digest_size=16)
    for number in sorted(ids):
        digest.update(b"%d," % number)
    return digest.hexdigest()


def digest_of_rows(rows: Iterable[tuple[int, bytes]]) -> str:
    """A digest of (key, fingerprint) pairs, which must come in ascending order of the key."""
    digest = blake2b(digest_size=16)
    for key, print_ in rows:
        digest.update(b"%d:" % key)
        digest.update(print_)
    return digest.hexdigest()


def keep_untold(listing: Listing, known: Listing) -> Listing:
    """The listing as a stranger sees it, completed by what only the owner's view told before.

    Strangers get no private fields and (without a token) no images; absence there says nothing.
    """
    untold = {name: getattr(known, name) for name in PRIVATE_FIELDS}
    if listing.image_uri is None:
        untold.update({name: getattr(known, name) for name in IMAGE_FIELDS})
    return listing._replace(**untold)
