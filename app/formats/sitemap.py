"""Sitemaps (sitemaps.org): lists of addresses for search engines, one piece of text per batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from xml.sax.saxutils import escape

from app.formats.xml_text import DECLARATION, allowed

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
MIMETYPE = "application/xml"
# The protocol allows no more in one file.
MOST_ADDRESSES = 50_000


class Place(NamedTuple):
    """An absolute address, and when its page changed last, where that is known."""

    url: str
    changed_at: datetime | None = None


def sitemap(batches: Iterable[Sequence[Place]]) -> Iterator[bytes]:
    """A list of pages; at most MOST_ADDRESSES of them may be given."""
    return _listed("urlset", "url", batches)


def sitemap_index(sitemaps: Sequence[Place]) -> Iterator[bytes]:
    """A list of sitemaps."""
    return _listed("sitemapindex", "sitemap", [sitemaps])


def _listed(whole: str, part: str, batches: Iterable[Sequence[Place]]) -> Iterator[bytes]:
    yield DECLARATION + f'<{whole} xmlns="{NAMESPACE}">\n'.encode()
    for batch in batches:
        yield "".join(_line(part, place) for place in batch).encode()
    yield f"</{whole}>\n".encode()


def _line(part: str, place: Place) -> str:
    # Fifty thousand of these are one file: a tree of elements for each would take five times as long.
    changed_at = f"<lastmod>{place.changed_at.isoformat(timespec='seconds')}</lastmod>" if place.changed_at else ""
    return f"<{part}><loc>{escape(allowed(place.url))}</loc>{changed_at}</{part}>\n"
