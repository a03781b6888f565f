"""Keep what the shop shows ready: documents and terms, written in the transaction that writes their listings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, true, update

from app.core.terms import Described, terms_of
from app.core.text import format_tokens
from app.formats.json_listing import json_bytes
from app.formats.shop_listing import FORM, Listed, Shop, shown
from app.models import ListingRow, MirrorState, ShopDocument
from app.models.shop import rank_of
from app.search import dialects
from app.search.conditions import in_shop
from app.search.dialects import Entry
from app.search.plain import LISTINGS_WITH_RELEASES
from app.services.shop_columns import PUBLIC_COLUMNS
from app.services.shop_state import ShopState, shop_state
from config import Settings

L, D = ListingRow.__table__.c, ShopDocument.__table__.c
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class ShopIndexWriter:
    """Writes documents as these settings want them, inside the caller's write transaction."""

    web_url: str
    api_url: str

    @classmethod
    def of(cls, settings: Settings) -> ShopIndexWriter:
        """The writer these settings ask for."""
        return cls(settings.discogs_web_url, settings.discogs_api_url)

    def keep_up(self, connection: Connection, changed: Select[Any] | Collection[int] | None) -> None:
        """Bring the documents of the `changed` listings (ids, or a query for them) up to their rows.

        All of them are made anew where they are of another making: another form, another seller on show.
        """
        state = shop_state(connection)
        if state.digest != self.digest(state):
            self.rebuild(connection)
            return
        if changed is None:
            return
        for condition in _chosen(changed):
            if state.total:
                dialects.drop(connection, select(L.listing_id).where(condition))
            self._put(connection, state, condition)
        self._sign(connection, state)

    def keep_up_with_releases(self, connection: Connection, release_ids: Collection[int]) -> None:
        """Something else is known of these releases: all their copies are shown with it."""
        for condition in _within(L.release_id, release_ids):
            self.keep_up(connection, select(L.listing_id).where(condition))

    def rebuild(self, connection: Connection) -> int:
        """Make every document anew; returns how many there are."""
        state = shop_state(connection)
        dialects.clear(connection)
        self._put(connection, state, true())
        return self._sign(connection, state)

    @staticmethod
    def clear(connection: Connection) -> None:
        """Forget all documents; the next writer makes them anew."""
        dialects.clear(connection)
        connection.execute(update(MirrorState).values(shop_digest=None, shop_total=None))

    def digest(self, state: ShopState) -> str:
        """What documents depend on besides their rows."""
        about = (FORM, self.web_url, self.api_url, sorted(state.sellers.items()))
        return blake2b(repr(about).encode(), digest_size=12).hexdigest()

    def _put(self, connection: Connection, state: ShopState, chosen: ColumnElement[bool]) -> None:
        shop = Shop(self.web_url, self.api_url, state.sellers)
        statement = (
            select(*PUBLIC_COLUMNS, L.search_text)
            .select_from(LISTINGS_WITH_RELEASES)
            .where(in_shop(state.sellers), chosen)
        )
        rows = iter(connection.execute(statement.execution_options(yield_per=CHUNK)))
        while chunk := list(islice(rows, CHUNK)):
            dialects.put(connection, _without_collisions(connection, [_entry(row, shop) for row in chunk]))

    def _sign(self, connection: Connection, state: ShopState) -> int:
        total = int(connection.scalar(select(func.count()).select_from(ShopDocument)) or 0)
        digest = self.digest(state)
        if (state.digest, state.total) != (digest, total):
            connection.execute(update(MirrorState).values(shop_digest=digest, shop_total=total))
        return total


def _chosen(changed: Select[Any] | Collection[int]) -> Iterator[ColumnElement[bool]]:
    if isinstance(changed, Select):
        yield L.listing_id.in_(changed)
    else:
        yield from _within(L.listing_id, changed)


def _within(column: ColumnElement[int], ids: Collection[int]) -> Iterator[ColumnElement[bool]]:
    remaining = iter(sorted(ids))
    while chunk := list(islice(remaining, CHUNK)):
        yield column.in_(chunk)


def _entry(row: Row[*tuple[Any, ...]], shop: Shop) -> Entry:
    *columns, search_text = row
    listed = Listed(*columns)
    described = Described(
        listed.source_id,
        search_text,
        format_tokens(listed.format),
        listed.artist,
        listed.label,
        listed.year,
        listed.condition,
        listed.sleeve_condition,
        listed.price_currency,
        listed.genres,
        listed.styles,
        listed.country,
    )
    rank = rank_of(listed.posted_at, listed.listing_id)
    return rank, listed.listing_id, json_bytes(shown(listed, shop)), terms_of(described)


def _without_collisions(connection: Connection, entries: Sequence[Entry]) -> Iterator[Entry]:
    """Two listings of one second may share the low bits of their ids: the later one moves up, until there is room."""
    ranks = [entry[0] for entry in entries]
    taken = set(connection.scalars(select(D.rank).where(D.rank.in_(ranks))))
    # In one order, whatever the database gives: the same shop is to stand in the same order again.
    for rank, listing_id, document, terms in sorted(entries, key=lambda entry: entry[:2]):
        free = rank
        while free in taken:
            free += 1
            if connection.scalar(select(D.rank).where(D.rank == free)) is not None:
                taken.add(free)
        taken.add(free)
        yield free, listing_id, document, terms
