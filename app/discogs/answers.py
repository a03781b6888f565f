"""What Discogs answered, once it was checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole HTTP answer, unpacked. Header names are found in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose credential this is."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class UserProfile:
    """A Discogs user. `curr_abbr` and `num_for_sale` are None where Discogs does not tell."""

    id: int
    username: str
    curr_abbr: str | None
    num_for_sale: int | None


@dataclass(frozen=True, slots=True)
class InventoryPage:
    """One page of an inventory. The envelope is sound; what is in `listings` is for the parser to judge."""

    page: int
    pages: int
    per_page: int
    items: int
    listings: list[object]
    body_bytes: int

    def cut(self, most: int) -> InventoryPage:
        """The same page with at most this many of its listings."""
        return replace(self, listings=self.listings[: max(0, most)])
