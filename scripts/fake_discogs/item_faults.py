"""Ways in which one row of a page can be wrong, by name; each takes the row and returns what stands in its place."""

from collections.abc import Callable
from typing import Any

from .messages import raw
from .vocabulary import Json

# A dict replaces the row, a list stands for several rows or values (the page keeps its length), None drops the row.
ItemFault = Callable[[Json], Json | list[Any] | None]

MISSING = object()


def put(path: str, value: Any) -> ItemFault:
    """Set the value at a dotted path, or take the key away with MISSING."""

    def change(row: Json) -> Json:
        *parents, last = path.split(".")
        target = row
        for name in parents:
            if not isinstance(target.get(name), dict):
                target[name] = {}
            target = target[name]
        if value is MISSING:
            target.pop(last, None)
        else:
            target[last] = value
        return row

    return change


def both(*changes: ItemFault) -> ItemFault:
    """Several changes to the same row."""

    def change(row: Json) -> Json:
        for each in changes:
            each(row)
        return row

    return change


def _price(value: Any) -> ItemFault:
    """The same wrong amount in both places where a row states it."""
    return both(put("price.value", value), put("original_price.value", value))


def _prices(value: Any) -> ItemFault:
    return both(put("price", value), put("original_price", value))


def _currency(value: Any) -> ItemFault:
    return both(put("price.currency", value), put("original_price.curr_abbr", value))


def _title(text: str) -> ItemFault:
    return put("release.title", text)


def _twice(row: Json) -> list[Any]:
    return [row, dict(row)]


ITEM_FAULTS: dict[str, ItemFault] = {
    "id_text": lambda row: put("id", str(row["id"]))(row),
    "id_zero": put("id", 0),
    "id_negative": put("id", -7),
    "id_float": lambda row: put("id", float(row["id"]) + 0.5)(row),
    "id_bool": put("id", True),
    "id_null": put("id", None),
    "id_2_63": put("id", 2**63),
    "id_10_30": put("id", 10**30),
    "id_missing": put("id", MISSING),
    "id_duplicate": _twice,
    "row_null": lambda row: [None],
    "row_string": lambda row: ["listing"],
    "row_empty": lambda row: {},
    "price_null": _prices(None),
    "price_missing": _prices(MISSING),
    "price_empty": _prices({}),
    "price_empty_text": _price(""),
    "price_negative": _price(-3.5),
    "price_nan_text": _price("NaN"),
    "price_infinite": _price(raw("1e400")),
    "price_grouped": _price("1,234.50"),
    "price_zero": _price(0),
    "price_12_decimals": _price(raw("12.345678901234")),
    "price_list": _prices([12.5]),
    "price_bool": _price(True),
    "original_price_missing": put("original_price", MISSING),
    "currency_unknown": _currency("XBT"),
    "currency_missing": _currency(MISSING),
    "currency_long": _currency("EURO-AND-THEN-SOME"),
    "status_unknown": put("status", "On Holiday"),
    "status_missing": put("status", MISSING),
    "status_null": put("status", None),
    "condition_unknown": put("condition", "Sublime (S)"),
    "condition_number": put("condition", 7),
    "condition_object": put("condition", {"grade": "M"}),
    "condition_missing": put("condition", MISSING),
    "sleeve_condition_missing": put("sleeve_condition", MISSING),
    "year_zero": put("release.year", 0),
    "year_text": put("release.year", "Unknown"),
    "year_1066": put("release.year", 1066),
    "year_2099": put("release.year", 2099),
    "year_9999": put("release.year", 9999),
    "year_date": put("release.year", "1999-00-00"),
    "release_null": put("release", None),
    "release_missing": put("release", MISSING),
    "release_list": put("release", []),
    "release_id_string": put("release.id", "twelve"),
    "release_id_missing": put("release.id", MISSING),
    "title_2mb": _title("Long " * 420_000),
    "title_500": _title("x" * 500),
    "title_number": put("release.title", 7),
    "title_nul": _title("Nul\x00Inside"),
    "title_surrogate": _title("Half \ud800 Pair"),
    "title_bidi": _title("Left \u202eRight\u2066 Mixed\u2069"),
    "title_zero_width": _title("\ufeffZero\u200bWidth"),
    "title_emoji": _title("Family 👨\u200d👩\u200d👧 e\u0301 ﬁ"),
    "title_script": _title("<script>alert('x')</script>"),
    "title_script_end": _title("</script><img src=x onerror=alert(1)>"),
    "title_formula": _title('=HYPERLINK("http://attacker.invalid","x")'),
    "title_sql": _title("'; DROP TABLE listings; --"),
    "comments_2mb": put("comments", "Scuffed. " * 233_000),
    "comments_null": put("comments", None),
    "comments_html": put("comments", '<img src="x" onerror="alert(1)">'),
    "uri_javascript": both(put("uri", "javascript:alert(1)"), put("resource_url", "javascript:alert(1)")),
    "image_javascript": both(
        put("release.thumbnail", "javascript:alert(1)"), put("release.images", [{"uri": "javascript:alert(1)"}])
    ),
    "thumbnail_other_host": put("release.thumbnail", "http://attacker.invalid/pixel.gif"),
    "posted_missing": put("posted", MISSING),
    "posted_null": put("posted", None),
    "posted_garbage": put("posted", "yesterday"),
    "posted_zulu": put("posted", "2026-08-01T10:00:00Z"),
    "posted_naive": put("posted", "2026-08-01T10:00:00"),
    "posted_year_1": put("posted", "0001-01-01T00:00:00-08:00"),
    "posted_far_future": put("posted", "9999-12-31T23:59:59-08:00"),
    "posted_number": put("posted", 1_785_000_000),
    "shipping_number": put("shipping_price", 4.5),
    "shipping_null": put("shipping_price", None),
    "shipping_string_value": put("shipping_price", {"value": "free", "currency": "EUR"}),
    "shipping_odd": both(put("shipping_price", "free"), put("original_shipping_price", [1])),
    "allow_offers_string": put("allow_offers", "yes"),
    "weight_negative": put("weight", -1),
    "weight_string": put("weight", "heavy"),
    "quantity_null": put("quantity", None),
    "location_number": put("location", 12),
    "field_unknown": put("carbon_footprint", {"grams": 12, "nested": [1, 2]}),
    "seller_other": put("seller", {"id": 99, "username": "somebody_else"}),
    "owner_keys_missing": both(
        *(
            put(name, MISSING)
            for name in ("weight", "format_quantity", "external_id", "location", "quantity", "in_cart")
        )
    ),
}
