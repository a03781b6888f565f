"""The walks over a collection and a wantlist. Both have no end that is hidden from strangers: all or nothing."""

from __future__ import annotations

from typing import Protocol

from app.discogs.answers import ItemPage
from app.discogs.page_walk import PageWalk


class Shelves(Protocol):
    """Where pages come from."""

    def collection_page(self, username: str, page: int) -> ItemPage:
        """One page of 100 copies, sorted by `added` ascending."""

    def wants_page(self, username: str, page: int) -> ItemPage:
        """One page of 100 wants."""


def collection_walk(
    shelves: Shelves,
    username: str,
    *,
    expected_pages: int | None = None,
    hidden_before: int = 0,
    limit: int | None = None,
) -> PageWalk:
    """One reading of all copies; the rest is as `PageWalk` has it."""
    return PageWalk(
        lambda page: shelves.collection_page(username, page),
        things="copies",
        expected_pages=expected_pages,
        hidden_before=hidden_before,
        limit=limit,
    )


def wants_walk(
    shelves: Shelves,
    username: str,
    *,
    expected_pages: int | None = None,
    hidden_before: int = 0,
    limit: int | None = None,
) -> PageWalk:
    """One reading of a wantlist, oldest first as far as anybody knows: Discogs documents no order."""
    return PageWalk(
        lambda page: shelves.wants_page(username, page),
        things="wants",
        expected_pages=expected_pages,
        hidden_before=hidden_before,
        limit=limit,
    )
