"""What Discogs answered, once it was checked."""

from __future__ import annotations

from dataclasses import dataclass, replace


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
class ItemPage:
    """One page of an inventory, a collection or a wantlist. The envelope is sound; the parser judges the rows."""

    page: int
    pages: int
    per_page: int
    items: int
    rows: list[object]
    body_bytes: int

    def cut(self, most: int) -> ItemPage:
        """The same page with at most this many of its rows."""
        return replace(self, rows=self.rows[: max(0, most)])
