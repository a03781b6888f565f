"""Where visitors find what the shop shows: absolute addresses, made in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

Parameters = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses below `base`, which is absolute and has no closing slash."""

    base: str

    @property
    def prefix(self) -> str:
        """The path that every page of the shop begins with; empty when it has a host of its own."""
        return urlsplit(self.base).path

    def page(self, path: str, parameters: Parameters = ()) -> str:
        """The page at `path` (which begins with a slash), asked with the parameters.

        >>> Addresses("https://records.example.com").page("/", [("q", "miles & more")])
        'https://records.example.com/?q=miles+%26+more'
        """
        question = urlencode([*parameters], errors="replace")
        return f"{self.base}{path}?{question}" if question else f"{self.base}{path}"

    def listing(self, listing_id: str | int) -> str:
        """The page of one listing."""
        return self.page(f"/listing/{listing_id}")
