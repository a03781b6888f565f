"""From an item of Discogs' inventory to a `Listing`. Lenient where a value may be unknown, strict where it would lie.

Field meanings: Discogs API documentation, "Inventory". Comments arrive HTML-escaped; prices are exact in
`original_price` only; 0 stands for an unknown year; owner-only keys are absent for everybody else.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from app.core.money import NotMoney, to_minor
from app.core.records import Counters, Listing, Parsed, Rejected
from app.core.times import parse_time

MAX_ID = 2**53
MAX_COUNT = 2**53
LONGEST_URL = 2000
EARLIEST_RELEASE, LATEST_RELEASE = 1860, 2100
OWNER_KEYS = ("location", "external_id", "weight", "format_quantity", "quantity")
DISCOGS_IMAGES = ("https://i.discogs.com/",)


class Unreadable(ValueError):
    """A field holds something that cannot be stored truthfully."""


def parse_item(item: object, image_origins: tuple[str, ...] = DISCOGS_IMAGES) -> Parsed | Rejected:
    """One item of `listings`; never raises on what Discogs may send."""
    if not isinstance(item, dict):
        return Rejected(None, "the item is no object")
    try:
        listing_id = _id(item.get("id"), "id")
    except Unreadable as problem:
        return Rejected(None, str(problem))
    try:
        return _parse(listing_id, item, image_origins)
    except Unreadable as problem:
        return Rejected(listing_id, str(problem))


def _parse(listing_id: int, item: Mapping[str, Any], image_origins: tuple[str, ...]) -> Parsed:
    release = item.get("release")
    if not isinstance(release, dict):
        raise Unreadable("release is missing")
    status = _text(item.get("status"), "status")
    if status is None:
        raise Unreadable("status is missing")
    price_minor, price_currency = _price(item)
    shipping_minor, shipping_currency = _shipping(item)
    comments = _text(item.get("comments"), "comments")
    image_uri, image_resource_url = _image(release, image_origins)
    listing = Listing(
        listing_id,
        _id(release.get("id"), "release.id"),
        status,
        _text(item.get("condition"), "condition"),
        _text(item.get("sleeve_condition"), "sleeve_condition"),
        parse_time(item.get("posted")),
        price_minor,
        price_currency,
        _text(release.get("title"), "release.title"),
        _text(release.get("artist"), "release.artist"),
        _text(release.get("label"), "release.label"),
        _text(release.get("format"), "release.format"),
        _text(release.get("catalog_number"), "release.catalog_number"),
        parse_year(release.get("year")),
        clean(html.unescape(comments)) if comments and "&" in comments else comments,
        _text(item.get("ships_from"), "ships_from"),
        _flag(item.get("allow_offers")),
        shipping_minor,
        shipping_currency,
        image_uri,
        image_resource_url,
        _text(item.get("location"), "location"),
        _text(item.get("external_id"), "external_id"),
        _count(item.get("weight")),
        _count(item.get("format_quantity")),
        _count(item.get("quantity")),
    )
    seller = item.get("seller")
    named = seller if isinstance(seller, dict) else {}
    name = named.get("username")
    return Parsed(
        listing,
        _counters(release),
        any(map(item.__contains__, OWNER_KEYS)),
        _whole(named.get("id")),
        name if isinstance(name, str) else None,
    )


def clean(text: str) -> str:
    """The text without what no database can hold: NUL goes, lone surrogates become U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", "")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def parse_year(value: object) -> int | None:
    """A release year; 0, garbage and the implausible are unknown."""
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 6 else None
    if isinstance(value, int) and not isinstance(value, bool) and EARLIEST_RELEASE <= value <= LATEST_RELEASE:
        return value
    return None


def _text(value: object, name: str) -> str | None:
    if isinstance(value, str):
        # Most texts are plain; looking closer at the others only is what keeps this cheap.
        return (value if value.isascii() and "\0" not in value else clean(value)) or None
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise Unreadable(f"{name} is no text: {type(value).__name__}")


def _id(value: object, name: str) -> int:
    number = _whole(value)
    if number is None or not 1 <= number <= MAX_ID:
        raise Unreadable(f"{name} is no Discogs id: {value!r:.60}")
    return number


def _whole(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    return None


def _count(value: object) -> int | None:
    """A non-negative whole number; Discogs sends weights as floats (230.0)."""
    kind = type(value)
    if kind is int or kind is float:
        return round(value) if 0 <= value <= MAX_COUNT else None  # type: ignore[operator,call-overload]
    return None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _price(item: Mapping[str, Any]) -> tuple[int | None, str | None]:
    try:
        return _money(item.get("original_price"), item.get("price"))
    except NotMoney as error:
        raise Unreadable(f"price: {error}") from error


def _shipping(item: Mapping[str, Any]) -> tuple[int | None, str | None]:
    """Postage is told to some viewers only and decides nothing: what cannot be read is unknown."""
    try:
        return _money(item.get("original_shipping_price"), item.get("shipping_price"))
    except NotMoney:
        return None, None


def _money(original: object, shown: object) -> tuple[int | None, str | None]:
    """Minor units and currency: the seller's own figure when it is there, else what is shown."""
    if isinstance(original, dict) and original.get("value") is not None:
        return _amount(original["value"], original.get("curr_abbr"))
    if isinstance(shown, dict) and shown.get("value") is not None:
        return _amount(shown["value"], shown.get("currency"))
    return None, None


def _amount(value: object, currency: object) -> tuple[int | None, str | None]:
    code = _currency(currency)
    minor = to_minor(value, code)
    return minor, code if minor is not None else None


def _currency(value: object) -> str | None:
    """The code as it came, however unknown, unless it is too long to be one."""
    if isinstance(value, str) and 0 < len(value) <= 8:
        return _text(value, "currency")
    return None


def _image(release: Mapping[str, Any], origins: tuple[str, ...]) -> tuple[str | None, str | None]:
    images = release.get("images")
    first = images[0] if isinstance(images, list) and images and isinstance(images[0], dict) else {}
    told = first.get("uri")
    uri = safe_image(told, origins) or safe_image(release.get("thumbnail"), origins)
    resource_url = first.get("resource_url")  # most often the same address again
    return uri, uri if resource_url == told else safe_image(resource_url, origins) or uri


def safe_image(value: object, origins: tuple[str, ...]) -> str | None:
    """The address when it is plain text on a host that may serve covers, else None.

    `origins` end in a slash, so that nothing but their own hosts begins like them.
    """
    if not isinstance(value, str) or not value.startswith(origins):
        return None
    return value if len(value) <= LONGEST_URL and value.isascii() and value.isprintable() and " " not in value else None


def _counters(release: Mapping[str, Any]) -> Counters:
    stats = release.get("stats")
    community = stats.get("community") if isinstance(stats, dict) else None
    if not isinstance(community, dict):
        return Counters(None, None)
    return Counters(_count(community.get("in_collection")), _count(community.get("in_wantlist")))
