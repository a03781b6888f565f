"""Atom feeds (RFC 4287), one piece of text per entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from mimetypes import guess_type
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element

from app.formats.xml_text import DECLARATION, child, xml_bytes

ATOM = "http://www.w3.org/2005/Atom"
MIMETYPE = "application/atom+xml"
_END = b"</feed>"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtomEntry:
    """`via` is where the news came from, `image` the address of a picture; both may be unknown."""

    id: str
    title: str
    summary: str
    url: str
    updated: datetime
    published: datetime | None
    via: str | None
    image: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtomFeed:
    """What a feed says of itself. `url` is its own address, `page_url` that of the page with the same content."""

    id: str
    title: str
    subtitle: str
    author: str
    rights: str
    url: str
    page_url: str
    updated: datetime


def stable_id(*parts: str) -> str:
    """An id that stays the same wherever the shop is served.

    >>> stable_id("https://www.discogs.com/sell/item/1")
    'urn:uuid:cbe277b5-bf5a-585b-8605-54ae4f31f0a0'
    """
    return uuid5(NAMESPACE_URL, "\n".join(parts)).urn


def atom(feed: AtomFeed, entries: Iterable[AtomEntry]) -> Iterator[bytes]:
    """The feed as UTF-8 text. Titles and summaries are plain text: nothing in them is markup to a reader."""
    yield DECLARATION + xml_bytes(_head(feed)).removesuffix(_END) + b"\n"
    for entry in entries:
        yield xml_bytes(_entry(entry)) + b"\n"
    yield _END


def _head(feed: AtomFeed) -> Element:
    head = Element("feed", {"xmlns": ATOM})
    child(head, "id", feed.id)
    child(head, "title", feed.title)
    child(head, "subtitle", feed.subtitle)
    child(head, "updated", _time(feed.updated))
    child(child(head, "author"), "name", feed.author)
    child(head, "rights", feed.rights)
    child(head, "generator", "Waxmirror")
    child(head, "link", rel="self", type=MIMETYPE, href=feed.url)
    child(head, "link", rel="alternate", type="text/html", href=feed.page_url)
    return head


def _entry(entry: AtomEntry) -> Element:
    element = Element("entry")
    child(element, "id", entry.id)
    child(element, "title", entry.title)
    child(element, "updated", _time(entry.updated))
    if entry.published is not None:
        child(element, "published", _time(entry.published))
    child(element, "link", rel="alternate", type="text/html", href=entry.url)
    if entry.via is not None:
        child(element, "link", rel="via", type="text/html", href=entry.via)
    if entry.image is not None and _is_web_address(entry.image):
        child(element, "link", rel="enclosure", type=_type_of(entry.image), href=entry.image)
    child(element, "summary", entry.summary)
    return element


def _is_web_address(text: str) -> bool:
    return text.startswith(("https://", "http://"))


def _type_of(image: str) -> str:
    # Not taken apart as an address: a hostile one may be none.
    name = image.partition("?")[0].rpartition("/")[2]
    return guess_type(name)[0] or "image/jpeg"


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
