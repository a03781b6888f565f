"""Pages of Discogs lists: silently clamped sizes, the `urls` rules, the Link header."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from .messages import HttpError
from .vocabulary import Json

MAX_PER_PAGE = 100
DEFAULT_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    per_page: int
    items: int
    url: str
    query: Mapping[str, str]

    @property
    def pages(self) -> int:
        return max(1, -(-self.items // self.per_page))

    @property
    def rows(self) -> slice:
        return slice((self.number - 1) * self.per_page, self.number * self.per_page)

    def envelope(self) -> Json:
        """The `pagination` object."""
        return {
            "page": self.number,
            "pages": self.pages,
            "per_page": self.per_page,
            "items": self.items,
            "urls": self.urls(),
        }

    def urls(self) -> dict[str, str]:
        urls: dict[str, str] = {}
        if self.number > 1:
            urls |= {"first": self._at(1), "prev": self._at(self.number - 1)}
        if self.number < self.pages:
            urls |= {"last": self._at(self.pages), "next": self._at(self.number + 1)}
        return urls

    def link_header(self) -> tuple[tuple[str, str], ...]:
        """As the older back end of Discogs sends it; empty when there is one page."""
        links = ", ".join(f'<{url}>; rel="{name}"' for name, url in self.urls().items())
        return (("Link", links),) if links else ()

    def _at(self, number: int) -> str:
        # Discogs repeats the caller's own parameters, but never a credential.
        kept = {
            key: value for key, value in self.query.items() if key not in {"page", "per_page", "token", "key", "secret"}
        }
        return f"{self.url}?{urlencode({**kept, 'page': number, 'per_page': self.per_page})}"


def asked_page(query: Mapping[str, str]) -> int:
    return _number(query, "page", 1)


def asked_per_page(query: Mapping[str, str]) -> int:
    wanted = _number(query, "per_page", DEFAULT_PER_PAGE)
    return min(wanted, MAX_PER_PAGE) if wanted > 0 else DEFAULT_PER_PAGE


def turn_to(query: Mapping[str, str], items: int, url: str) -> Page:
    """The page a request asks for; raises the 404 of a page that is not there."""
    page = Page(asked_page(query), asked_per_page(query), items, url, query)
    if not 1 <= page.number <= page.pages:
        # The upper bound that Discogs prints is wrong, always 1.
        raise HttpError(404, f"Page {page.number} is outside of valid range [1, 1].")
    return page


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.lstrip("-").isdecimal():
        raise HttpError(422, f"Invalid {name}: expected integer.")
    return int(text)
