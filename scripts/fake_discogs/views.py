"""Listings as Discogs shows them: all of it to the owner, less to anybody else."""

import html
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from . import words
from .messages import dump
from .records import Account, Listing
from .viewer import Viewer
from .vocabulary import CURRENCY_IDS, PACIFIC, SYMBOLS, UNITS_PER_USD, Json

WEB = "https://www.discogs.com"


def timestamp(moment: datetime) -> str:
    """ISO 8601 with the Pacific offset of that day."""
    return moment.astimezone(PACIFIC).isoformat(timespec="seconds")


def original_price(amount: Decimal, currency: str) -> Json:
    return {
        "curr_abbr": currency,
        "curr_id": CURRENCY_IDS.get(currency, 0),
        "formatted": f"{SYMBOLS.get(currency, currency)}{amount:,.2f}",
        "value": float(amount),
    }


def converted(amount: Decimal, seller: str, viewer: str) -> float:
    """A long binary fraction, as Discogs computes prices for viewers of another currency."""
    if seller == viewer:
        return float(amount)
    return float(amount) / UNITS_PER_USD.get(seller, 1.0) * UNITS_PER_USD.get(viewer, 1.0)


@dataclass
class ListingViews:
    """Renders listings under `base`, the address of this server, and remembers what it rendered."""

    base: str

    def __post_init__(self) -> None:
        self._rendered: dict[tuple[int, str, str], tuple[Listing, Account, bytes]] = {}

    def row(self, listing: Listing, seller: Account, viewer: Viewer, currency: str) -> bytes:
        """One listing as JSON text, with prices in `currency`."""
        key = (listing.id, _kind(viewer, seller), currency)
        known = self._rendered.get(key)
        if known and known[0] is listing and known[1] is seller:
            return known[2]
        text = dump(self.describe(listing, seller, viewer, currency))
        self._rendered[key] = (listing, seller, text)
        return text

    def describe(self, listing: Listing, seller: Account, viewer: Viewer, currency: str) -> Json:
        owner = viewer.owns(seller)
        shown: Json = {
            "id": listing.id,
            "resource_url": f"{self.base}/marketplace/listings/{listing.id}",
            "uri": f"{WEB}/sell/item/{listing.id}",
            "status": listing.status,
            "condition": listing.condition,
            "sleeve_condition": listing.sleeve_condition,
            "comments": html.escape(listing.comments, quote=False),
            "ships_from": seller.country,
            "posted": timestamp(listing.posted),
            "allow_offers": listing.allow_offers,
            "offer_submitted": False,
            "audio": listing.audio,
            "price": {"value": converted(listing.price, seller.currency, currency), "currency": currency},
            "original_price": original_price(listing.price, seller.currency),
            "shipping_price": {},
            "original_shipping_price": {},
            "seller": self.seller(seller),
            "release": self._release(listing, viewer),
        }
        if viewer.account is not None:
            shown["in_cart"] = False
        shown["shipping_is_blocked"] = owner
        return shown | (_owner_keys(listing) if owner else {})

    def seller(self, seller: Account) -> Json:
        return {
            "id": seller.id,
            "username": seller.username,
            "avatar_url": f"{self.base}/covers/{seller.id}.svg",
            "stats": {"rating": "99.8", "stars": 5.0, "total": 1204},
            "min_order_total": 0.0,
            "html_url": f"{WEB}/user/{seller.username}",
            "uid": seller.id,
            "url": f"{self.base}/users/{seller.username}",
            "payment": "PayPal Commerce",
            "shipping": words.SHIPPING_TERMS,
            "resource_url": f"{self.base}/users/{seller.username}",
        }

    def images(self, release_id: int, *, shown: bool = True) -> list[Json]:
        """The one picture of a release; only its small copy differs in address. Not `shown`: without addresses."""
        cover = f"{self.base}/covers/{release_id}.svg" if shown else ""
        return [
            {
                "type": "primary",
                "uri": cover,
                "resource_url": cover,
                "uri150": self.thumbnail(release_id) if shown else "",
                "width": 600,
                "height": 600,
            }
        ]

    def thumbnail(self, release_id: int) -> str:
        return f"{self.base}/covers/{release_id}-150.svg"

    def _release(self, listing: Listing, viewer: Viewer) -> Json:
        release = listing.release
        stats: Json = {"community": {"in_wantlist": release.in_wantlist, "in_collection": release.in_collection}}
        if viewer.account is not None:
            stats["user"] = {"in_wantlist": 0, "in_collection": 0}
        return {
            "thumbnail": self.thumbnail(release.id) if viewer.has_credential else "",
            "description": f"{release.artist} - {release.title} ({release.format})",
            "images": self.images(release.id) if viewer.has_credential else [],
            "artist": release.artist,
            "format": release.format,
            "resource_url": f"{self.base}/releases/{release.id}",
            "title": release.title,
            "year": release.year,
            "id": release.id,
            "label": release.label,
            "catalog_number": release.catalog_number,
            "stats": stats,
        }


def _owner_keys(listing: Listing) -> Json:
    return {
        "weight": float(listing.weight),
        "estimated_weight": listing.estimated_weight,
        "format_quantity": listing.format_quantity,
        "external_id": listing.external_id,
        "location": listing.location,
        "quantity": listing.quantity,
    }


def _kind(viewer: Viewer, seller: Account) -> str:
    if viewer.owns(seller):
        return "owner"
    if viewer.account is not None:
        return "user"
    return "application" if viewer.is_application else "anonymous"
