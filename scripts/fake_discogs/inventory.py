"""`/users/{u}/inventory` and `/marketplace/listings/{id}`."""

import random
from collections.abc import Callable
from decimal import Decimal

from . import paging
from .messages import HttpError, Request, Response, dump
from .records import Account, Listing
from .viewer import Viewer
from .views import ListingViews, converted, original_price
from .vocabulary import (
    ALL,
    CURRENCIES,
    FOR_SALE,
    INVENTORY_SORTS,
    MUST_AUTHENTICATE,
    NO_LISTING,
    NO_USER,
    PAGE_CAP,
    SOLD,
    STATUSES,
)
from .world import World

_SORT_KEYS: dict[str, Callable[[Listing], object]] = {
    "listed": lambda row: row.posted,
    "price": lambda row: row.price,
    "item": lambda row: row.release.title.casefold(),
    "artist": lambda row: row.release.artist.casefold(),
    "label": lambda row: row.release.label.casefold(),
    "catno": lambda row: row.release.catalog_number.casefold(),
    "audio": lambda row: row.audio,
    "status": lambda row: row.status,
    "location": lambda row: row.location,
}


class Inventory:
    """Answers for the shop of `world`; remembers sorted orders until the world changes."""

    def __init__(self, world: World, views: ListingViews) -> None:
        self._world = world
        self._views = views
        self._sorted: dict[tuple[int, str, str, bool], list[Listing | None]] = {}

    def page(self, request: Request, viewer: Viewer, username: str) -> Response:
        world, query = self._world, request.query
        seller = world.account(username)
        if seller is None:
            raise HttpError(404, NO_USER)
        owner = viewer.owns(seller)
        status = _status(query.get("status", ""), world.policy.owner_default_status if owner else FOR_SALE, owner)
        sort = _sort(query.get("sort", ""), owner)
        if not owner and paging.asked_page(query) > world.policy.page_cap:
            raise HttpError(403, PAGE_CAP)
        rows = self._rows(status, sort, query.get("sort_order", "asc") == "desc") if seller is world.seller else []
        if sort == "status" and viewer.account is None:
            # Seen upstream: the anonymous get an empty shop for this sort key, not an error.
            rows = []
        page = paging.turn_to(query, len(rows), f"{self._views.base}/users/{seller.username}/inventory")
        currency = _currency(query.get("curr_abbr", "")) or (None if owner else world.policy.convert_inventory_to)
        shown = [
            self._views.row(row, seller, viewer, currency or seller.currency)
            for row in rows[page.rows]
            if row is not None
        ]
        body = b'{"pagination":' + dump(page.envelope()) + b',"listings":[' + b",".join(shown) + b"]}"
        return Response(body=body, headers=page.link_header(), page=page.number, pages=page.pages)

    def listing(self, request: Request, viewer: Viewer, listing_id: str) -> Response:
        world = self._world
        listing = world.listings.get(int(listing_id)) if listing_id.isdecimal() else None
        if listing is None:
            raise HttpError(404, NO_LISTING)
        seller = world.seller
        owner = viewer.owns(seller)
        if not owner and listing.status != FOR_SALE:
            _refuse_hidden(listing, world.policy.sold_for_strangers)
        currency = _currency(request.query.get("curr_abbr", "")) or (
            viewer.account.currency if viewer.account else "USD"
        )
        shown = self._views.describe(listing, seller, viewer, currency)
        if viewer.account is not None and not owner:
            shown |= _postage(seller, currency)
        return Response(body=dump(shown))

    def _rows(self, status: str, sort: str, descending: bool) -> list[Listing | None]:
        """All rows in order; None where a hidden listing counts but is not delivered."""
        key = (self._world.version, status, sort, descending)
        if key not in self._sorted:
            self._sorted = {known: rows for known, rows in self._sorted.items() if known[0] == key[0]}
            self._sorted[key] = self._arrange(status, sort, descending)
        return self._sorted[key]

    def _arrange(self, status: str, sort: str, descending: bool) -> list[Listing | None]:
        world = self._world
        rows = [row for row in world.listings.values() if status in (ALL, row.status)]
        rows.sort(key=lambda row: row.id)
        if world.shuffle_seed is not None:
            random.Random(world.shuffle_seed).shuffle(rows)
        if sort:
            rows.sort(key=_SORT_KEYS[sort])  # type: ignore[arg-type]  # each key gives one comparable type
        if descending:
            rows.reverse()
        return _with_gaps(rows, world.hidden)


def _with_gaps(rows: list[Listing], hidden: int) -> list[Listing | None]:
    total = len(rows) + hidden
    gaps = {(2 * index + 1) * total // (2 * hidden) for index in range(hidden)}
    visible = iter(rows)
    return [None if place in gaps else next(visible) for place in range(total)]


def _status(asked: str, default: str, owner: bool) -> str:
    if not owner:
        return FOR_SALE
    if not asked:
        return default
    if asked not in STATUSES:
        raise HttpError(422, f"Invalid status: expected one of {', '.join(STATUSES)}.")
    return asked


def _sort(asked: str, owner: bool) -> str:
    allowed = INVENTORY_SORTS if owner else tuple(key for key in INVENTORY_SORTS if key != "location")
    if asked and asked not in allowed:
        raise HttpError(422, f"Invalid sort: expected one of {', '.join(sorted(allowed))}.")
    return asked


def _currency(asked: str) -> str:
    if asked and asked not in CURRENCIES:
        raise HttpError(422, f"Invalid curr_abbr: expected one of {', '.join(CURRENCIES)}.")
    return asked


def _refuse_hidden(listing: Listing, sold_status: int) -> None:
    if listing.status != SOLD:
        raise HttpError(401, MUST_AUTHENTICATE)
    if sold_status != 200:
        raise HttpError(sold_status, NO_LISTING)


def _postage(seller: Account, currency: str) -> dict[str, object]:
    amount = Decimal("9.70")
    return {
        "shipping_price": {"value": converted(amount, seller.currency, currency), "currency": currency},
        "original_shipping_price": original_price(amount, seller.currency)
        | {"converted": {"curr_abbr": "USD", "value": round(converted(amount, seller.currency, "USD"), 2)}},
        "shipping_is_blocked": None,
    }
