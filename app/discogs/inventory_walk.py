"""The walk over a seller's inventory. Strangers are shown its first hundred pages only, and only what is for sale."""

from __future__ import annotations

from typing import Protocol

from app.core.records import FOR_SALE
from app.discogs.answers import ItemPage
from app.discogs.page_walk import PageWalk

STRANGERS_LAST_PAGE = 100


class Inventory(Protocol):
    """Where pages come from."""

    def inventory_page(self, username: str, page: int, *, status: str | None = None) -> ItemPage:
        """One page of 100, sorted by `listed` ascending."""


def inventory_walk(
    inventory: Inventory,
    username: str,
    *,
    is_owner: bool,
    expected_pages: int | None = None,
    hidden_before: int = 0,
    limit: int | None = None,
) -> PageWalk:
    """One reading of the inventory with the owner's or a stranger's eyes; the rest is as `PageWalk` has it."""
    status = "All" if is_owner else FOR_SALE
    return PageWalk(
        lambda page: inventory.inventory_page(username, page, status=status),
        last_shown=None if is_owner else STRANGERS_LAST_PAGE,
        expected_pages=expected_pages,
        hidden_before=hidden_before,
        limit=limit,
    )
