"""The envelope of a paged answer. One wrong number here could make a mirror delete a shop, so it is read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from app.core.outcomes import Reason
from app.errors import DiscogsResponseError

MOST_ITEMS = 10**9
MOST_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Pagination:
    """Which page this is, of how many, and how many items there are in all."""

    page: int
    pages: int
    per_page: int
    items: int


def pagination_of(
    told: object, key: str, *, asked_page: int | None, url_path: str = ""
) -> tuple[Pagination, list[object]]:
    """The pagination and the list under `key`. Raises DiscogsResponseError (schema.envelope)."""

    def reject(detail: str) -> NoReturn:
        raise DiscogsResponseError(Reason.SCHEMA_ENVELOPE, status=200, url_path=url_path, detail=detail)

    if not isinstance(told, dict) or not isinstance(told.get("pagination"), dict):
        reject("no pagination object")
    numbers = told["pagination"]

    def whole(name: str, low: int, high: int) -> int:
        value = numbers.get(name)
        if type(value) is not int:
            reject(f"pagination.{name} is {type(value).__name__}, not a whole number")
        if not low <= value <= high:
            reject(f"pagination.{name} is {value}, not from {low} to {high}")
        return value

    per_page, items = whole("per_page", 1, MOST_PER_PAGE), whole("items", 0, MOST_ITEMS)
    pages, page = whole("pages", 1, MOST_ITEMS), whole("page", 1, MOST_ITEMS)
    if pages != max(1, -(-items // per_page)):
        reject(f"{items} items in pages of {per_page} are not {pages} pages")
    if asked_page is not None and page != asked_page:
        reject(f"page {page} instead of {asked_page}")
    rows = told.get(key)
    if not isinstance(rows, list):
        reject(f"{key} is {type(rows).__name__}, not a list")
    if len(rows) > per_page:
        reject(f"{len(rows)} rows on a page of {per_page}")
    return Pagination(page, pages, per_page, items), rows
