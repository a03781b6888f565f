"""One listing gone wrong, in every way that was seen or feared. Each takes a listing's JSON and gives another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .messages import raw

Item = dict[str, Any]
Change = Callable[[Item], Item | None]


def put(**changes: Any) -> Change:
    """Other values for top-level keys."""
    return lambda item: item | changes


def release(**changes: Any) -> Change:
    """Other values for keys of the release."""
    return lambda item: item | {"release": item["release"] | changes}


def price(value: Any, currency: Any = "EUR") -> Change:
    """Another amount, in both places it stands."""
    return put(original_price={"curr_abbr": currency, "value": value}, price={"value": value, "currency": currency})


def without(key: str) -> Change:
    """A listing that lacks a key."""
    return lambda item: {name: value for name, value in item.items() if name != key}


ITEM_FAULTS: dict[str, Change] = {
    "id_text": lambda item: item | {"id": str(item["id"])},
    "id_zero": put(id=0),
    "id_negative": put(id=-7),
    "id_2_63": put(id=2**63),
    "id_10_30": put(id=10**30),
    "id_float": put(id=raw("4330635001.5")),
    "id_missing": without("id"),
    "item_null": lambda item: None if not item else {},
    "price_null": put(price=None, original_price=None),
    "price_missing": lambda item: without("price")(without("original_price")(item) or {}),
    "price_empty": put(price={}, original_price={}),
    "price_empty_text": price(""),
    "price_zero": price(0),
    "price_negative": price(-12.5),
    "price_nan_text": price("NaN"),
    "price_infinite": price(raw("1e400")),
    "price_grouped": price("1,234.50"),
    "price_12_decimals": price(2.561643835612),
    "currency_unknown": price(10.5, "XYZ"),
    "currency_missing": price(10.5, None),
    "status_unknown": put(status="Haunted"),
    "status_missing": without("status"),
    "condition_unknown": put(condition="Chewed (C)"),
    "condition_number": put(condition=7),
    "condition_object": put(condition={"grade": "M"}),
    "year_zero": release(year=0),
    "year_text": release(year="Unknown"),
    "year_1066": release(year=1066),
    "year_9999": release(year=9999),
    "release_null": put(release=None),
    "release_list": put(release=[]),
    "release_id_missing": lambda item: item | {"release": without("id")(item["release"])},
    "title_2mb": release(title="x" * 2_000_000),
    "title_nul": release(title="before\0after"),
    "title_surrogate": release(title="half \ud800 a pair"),
    "title_bidi": release(title="\u202eevil\u2066 title\u200b"),
    "title_script": release(title="<script>alert(1)</script>'\"--"),
    "title_number": release(title=7),
    "image_javascript": release(images=[{"uri": "javascript:alert(1)"}], thumbnail="javascript:alert(1)"),
    "posted_missing": without("posted"),
    "posted_garbage": put(posted="the other day"),
    "posted_zulu": put(posted="2026-01-02T03:04:05Z"),
    "posted_naive": put(posted="2026-01-02T03:04:05"),
    "posted_year_1": put(posted="0001-01-01T00:00:00+00:00"),
    "shipping_odd": put(shipping_price="free", original_shipping_price=[1]),
    "field_unknown": put(surprise={"nested": [1, 2, 3]}),
    "seller_other": put(seller={"id": 99, "username": "somebody_else"}),
}
