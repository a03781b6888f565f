"""How an inventory is read: whose listings its rows are, and what Discogs says of one that is not shown."""

from __future__ import annotations

from app.core.mirrored import Told
from app.core.outcomes import RemovalReason, removal_reason_of
from app.core.parsing import parse_item
from app.core.records import FOR_SALE, Parsed, Rejected
from app.discogs.inventory_walk import inventory_walk
from app.discogs.page_walk import PageWalk
from app.errors import DiscogsAPIError, DiscogsAuthenticationError, DiscogsNotFound
from app.services.asking import Absent, Ask, Word
from app.services.discogs_connection import Discogs
from app.services.subject import Subject


def walk(
    client: Discogs, subject: Subject, *, expected_pages: int | None, hidden_before: int, limit: int | None
) -> PageWalk:
    """The seller's listings, with the eyes of who asks."""
    return inventory_walk(
        client,
        subject.username,
        is_owner=subject.is_owner,
        expected_pages=expected_pages,
        hidden_before=hidden_before,
        limit=limit,
    )


def parse(item: object, subject: Subject, image_origins: tuple[str, ...]) -> Told | Rejected:
    """One listing of this seller."""
    parsed = parse_item(item, image_origins)
    if isinstance(parsed, Rejected):
        return parsed
    if _is_anothers(parsed, subject):
        return Rejected(parsed.listing.listing_id, f"belongs to another seller: {parsed.seller_name}")
    return Told(parsed.listing, parsed.counters, parsed.is_owner_view)


def ask(client: Discogs, subject: Subject) -> Ask:
    """Ask for the listing itself."""

    def word_on(number: int, absent: Absent) -> RemovalReason | Word:
        try:
            answer = client.listing(number)
        except DiscogsNotFound:
            return _unless_known(absent, RemovalReason.DELETED)
        except DiscogsAuthenticationError as error:
            if subject.is_owner or error.status != 401:
                raise
            # So a stranger is told of a draft; with somebody's token it may be about the token.
            return Word.NONE if client.has_token else RemovalReason.DRAFT
        except DiscogsAPIError as error:
            if error.status == 410:
                return _unless_known(absent, RemovalReason.DELETED)
            raise
        status = answer.get("status")
        if answer.get("id") != number or not isinstance(status, str):
            return Word.NONE
        return Word.STILL_THERE if status == FOR_SALE else removal_reason_of(status)

    return word_on


def _is_anothers(parsed: Parsed, subject: Subject) -> bool:
    """Both the id and the name have to differ: either alone may be missing or have changed."""
    if parsed.seller_id in {None, subject.user_id} or parsed.seller_name is None:
        return False
    return parsed.seller_name.casefold() != subject.username.casefold()


def _unless_known(absent: Absent, otherwise: RemovalReason) -> RemovalReason:
    return otherwise if absent.reason is RemovalReason.UNKNOWN else absent.reason
