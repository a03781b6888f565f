"""What a visitor's address asks for, and the addresses of the questions next to it."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from app.core.query import PARAMETERS

FILTER_NAMES = {
    "artist": "Artist",
    "label": "Label",
    "genre": "Genre",
    "style": "Style",
    "format": "Format",
    "country": "Country",
    "year": "Year",
    "year_min": "Earliest year",
    "year_max": "Latest year",
    "condition": "Media",
    "sleeve_condition": "Sleeve",
    "price_min": "Lowest price",
    "price_max": "Highest price",
    "currency": "Currency",
    "seller": "Seller",
    "rating": "Rating",
    "owner": "Owner",
    "missing": "Without",
}
OTHER_NAMES = {
    "q": "Search",
    "folder": "Folder",
    "sort": "Order",
    "page": "Page",
    "limit": "Records on a page",
    "page_size": "Records on a page",
}
# A new question begins on its first page.
FORGOTTEN = "page"


@dataclass(frozen=True, slots=True)
class Asked:
    """The known parameters that say something, as they were typed; of a corrected question `q` is what was answered, so
    that all links of its page lead on from what it shows, and `slip` what was typed."""

    path: str
    values: dict[str, str]
    slip: str | None = None

    def get(self, name: str) -> str:
        """What was typed for a parameter, empty when nothing was."""
        return self.values.get(name, "")

    @property
    def typed(self) -> str:
        """What stands in the box for words."""
        return self.get("q") if self.slip is None else self.slip

    def corrected(self, words: str) -> Asked:
        """The same question with the words that were answered instead."""
        return replace(self, values={**self.values, "q": words}, slip=self.typed)

    @property
    def filters(self) -> list[tuple[str, str, str]]:
        """(parameter, its name for people, what it is set to) of each filter in use."""
        return [(name, FILTER_NAMES[name], self.values[name]) for name in FILTER_NAMES if name in self.values]

    def named(self, name: str) -> str:
        """What people call a parameter."""
        return FILTER_NAMES.get(name) or OTHER_NAMES.get(name, name)

    def kept(self, *without: str) -> list[tuple[str, str]]:
        """What a form has to send along besides its own fields, and never the page."""
        return [(name, text) for name, text in self.values.items() if name not in {*without, FORGOTTEN}]

    def having(self, **changes: object) -> str:
        """The address with some parameters changed; None takes one away. The page is forgotten unless given."""
        values = {name: text for name, text in self.values.items() if name != FORGOTTEN}
        for name, value in changes.items():
            values.pop(name, None)
            if value is not None:
                values[name] = str(value)
        return self._address(values)

    def has(self, name: str, value: object) -> bool:
        """Whether the parameter is set to this value, as people compare texts."""
        return self.get(name).strip().casefold() == str(value).casefold()

    def _address(self, values: dict[str, str]) -> str:
        return f"{self.path}?{urlencode(values, errors='replace')}" if values else self.path


def asked_of(path: str, arguments: Iterable[tuple[str, str]], known: Container[str] = PARAMETERS) -> Asked:
    """Of a repeated parameter the last one counts; what asks nothing is left out, and so is what is not `known`."""
    return Asked(path, {name: text for name, text in dict(arguments).items() if name in known and text.strip()})
