"""One record: its picture, condition, price and history, and what else is like it."""

from __future__ import annotations

from http import HTTPStatus

from app.errors import ListingGone
from app.services.shop_window import Seen, ShopWindow
from app.web.frame import rendered, shop_name
from app.web.head import head_of_listing
from app.web.price_chart import price_chart

REASONS = {
    "sold": "It was sold",
    "draft": "The seller took it back",
    "expired": "The offer ran out",
    "deleted": "The seller took it off the shelf",
    "unknown": "It left the shop",
}


def listing_text(window: ShopWindow, listing_id: str) -> tuple[str, int]:
    """The page of a listing by its Discogs id; of one that is gone what remains to be told, with status 410.

    Raises ListingNotFound for one that visitors never saw.
    """
    seen = window.listing(listing_id)
    return (_shown(window, seen), HTTPStatus.OK) if seen.gone is None else (_gone(window, seen, seen.gone), 410)


def _shown(window: ShopWindow, seen: Seen) -> str:
    prices = window.prices(seen)
    return rendered(
        "web/listing.html",
        item=seen.item,
        head=head_of_listing(seen.item, shop_name(), is_current=not window.notice.is_stale),
        entry=window.catalogue(seen),
        prices=prices,
        chart=price_chart(prices, window.wired.clock()),
        near=window.neighbours(seen),
        known=window.enriched(seen),
    )


def _gone(window: ShopWindow, seen: Seen, gone: ListingGone) -> str:
    near = window.neighbours(seen)
    why = REASONS[str(gone.reason)]
    return rendered("web/gone.html", item=seen.item, gone=gone, why=why, near=near, newest=window.newest())
