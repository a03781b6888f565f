"""Ways in which a page as a whole can be wrong while every row in it is fine."""

from collections.abc import Callable, Mapping
from typing import Any

from .vocabulary import Json

ROW_KEYS = ("listings", "releases", "wants", "orders", "results", "versions", "lists", "items", "folders", "fields")
EnvelopeFault = Callable[[Json, Mapping[str, Any]], None]


def rows_of(page: Json) -> list[Any]:
    """The list of a paged answer, whatever its key."""
    for name in ROW_KEYS:
        if isinstance(page.get(name), list):
            rows: list[Any] = page[name]
            return rows
    return []


def has_rows(page: Json) -> bool:
    """Whether this is a page of a list, even of one that an earlier fault took the rows from."""
    return any(name in page for name in (*ROW_KEYS, "pagination"))


def rows_key(page: Json) -> str:
    return next((name for name in ROW_KEYS if name in page), "listings")


def _set(name: str, value: Any) -> EnvelopeFault:
    def change(page: Json, args: Mapping[str, Any]) -> None:
        page["pagination"][name] = args.get("value", value)

    return change


def _shift(name: str, by: int) -> EnvelopeFault:
    def change(page: Json, args: Mapping[str, Any]) -> None:
        page["pagination"][name] = max(0, page["pagination"][name] + args.get("by", by))

    return change


def _missing(name: str) -> EnvelopeFault:
    def change(page: Json, args: Mapping[str, Any]) -> None:
        page["pagination"].pop(name, None)

    return change


def _empty_page(page: Json, args: Mapping[str, Any]) -> None:
    rows_of(page).clear()


def _short_page(page: Json, args: Mapping[str, Any]) -> None:
    rows = rows_of(page)
    del rows[max(0, len(rows) - args.get("n", 30)) :]


def _long_page(page: Json, args: Mapping[str, Any]) -> None:
    rows = rows_of(page)
    rows.extend(rows[: args.get("n", 60)])


def _repeated_row(page: Json, args: Mapping[str, Any]) -> None:
    rows = rows_of(page)
    rows[-1:] = rows[:1]


def _one_item(page: Json, args: Mapping[str, Any]) -> None:
    del rows_of(page)[1:]
    page["pagination"] |= {"page": 1, "pages": 1, "items": 1, "urls": {}}


def _page_echo(page: Json, args: Mapping[str, Any]) -> None:
    page["pagination"]["page"] = args.get("value", page["pagination"]["page"] + 1)


def _pages_string(page: Json, args: Mapping[str, Any]) -> None:
    page["pagination"]["pages"] = str(page["pagination"]["pages"])


def _items_string(page: Json, args: Mapping[str, Any]) -> None:
    page["pagination"]["items"] = str(page["pagination"]["items"])


def _emptied(page: Json, args: Mapping[str, Any]) -> None:
    """A well-formed answer of a shop without listings."""
    rows_of(page).clear()
    page["pagination"] |= {"page": 1, "pages": 1, "items": 0, "urls": {}}


def _rows_missing(page: Json, args: Mapping[str, Any]) -> None:
    page.pop(rows_key(page), None)


def _rows_null(page: Json, args: Mapping[str, Any]) -> None:
    page[rows_key(page)] = None


def _rows_object(page: Json, args: Mapping[str, Any]) -> None:
    page[rows_key(page)] = {}


def _pagination_missing(page: Json, args: Mapping[str, Any]) -> None:
    page.pop("pagination", None)


def _next_evil(page: Json, args: Mapping[str, Any]) -> None:
    """Links that lead a client which follows them, and its credential, to another host."""
    url = args.get("url", "http://attacker.invalid/users/x/inventory?page=2")
    page["pagination"]["urls"] = {name: url for name in ("first", "prev", "next", "last")}


ENVELOPE_FAULTS: dict[str, tuple[str, EnvelopeFault]] = {
    "empty_page": ("the page has no rows, its envelope says otherwise", _empty_page),
    "emptied": ("200 and a shop without listings: one page, 0 items", _emptied),
    "one_item": ("200 and a shop with a single listing", _one_item),
    "short_page": ("`n` rows (30) fewer than the envelope promises", _short_page),
    "long_page": ("the first `n` rows (60) a second time after the last", _long_page),
    "repeated_row": ("the first row in place of the last", _repeated_row),
    "pages_down": ("`pages` is `by` (-1) smaller", _shift("pages", -1)),
    "pages_up": ("`pages` is `by` (1) larger", _shift("pages", 1)),
    "items_down": ("`items` is `by` (-1) smaller", _shift("items", -1)),
    "items_up": ("`items` is `by` (1) larger", _shift("items", 1)),
    "pages_missing": ("`pages` is absent", _missing("pages")),
    "items_missing": ("`items` is absent", _missing("items")),
    "pages_string": ("`pages` is text", _pages_string),
    "items_string": ("`items` is text", _items_string),
    "pages_negative": ("`pages` is `value` (-1)", _set("pages", -1)),
    "items_negative": ("`items` is `value` (-1)", _set("items", -1)),
    "pages_huge": ("`pages` is `value` (10**12)", _set("pages", 10**12)),
    "items_huge": ("`items` is `value` (10**12)", _set("items", 10**12)),
    "pages_null": ("`pages` is null", _set("pages", None)),
    "page_echo": ("`page` is not the page asked for", _page_echo),
    "listings_missing": ("the list of rows is absent", _rows_missing),
    "listings_null": ("the list of rows is null", _rows_null),
    "listings_object": ("the list of rows is an object", _rows_object),
    "pagination_missing": ("`pagination` is absent", _pagination_missing),
    "next_evil": ("`urls` lead to `url` on another host", _next_evil),
}
