"""Feeds and sitemaps stay well-formed whatever strangers write."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.atom import AtomEntry, AtomFeed, atom, stable_id
from app.formats.sitemap import Place, sitemap, sitemap_index
from app.formats.xml_text import allowed
from tests.hostile import HOSTILE, READABLE

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
A = "{http://www.w3.org/2005/Atom}"
FEED = AtomFeed(
    id=stable_id("feed"),
    title="New",
    subtitle="",
    author="shop",
    rights="",
    url="https://a.example/new.atom",
    page_url="https://a.example/",
    updated=AT,
)
ENTRY = AtomEntry(
    id=stable_id("1"),
    title="One",
    summary="",
    url="https://a.example/listing/1",
    updated=AT,
    published=None,
    via=None,
    image=None,
)


@given(st.text())
def test_any_text_can_be_written_and_read_back(text: str) -> None:
    entry = replace(ENTRY, title=text, summary=text, image=f"https://{text}", via=text)
    written = b"".join(atom(replace(FEED, title=text, author=text, page_url=text), [entry, entry]))
    feed = fromstring(written)
    # XML reads every kind of line end as one.
    expected = allowed(text).replace("\r\n", "\n").replace("\r", "\n")
    assert [found.text or "" for found in feed.iter(f"{A}title")] == [expected] * 3
    assert [place[0].text for place in fromstring(b"".join(sitemap([[Place(f"https://a/{text}")]])))]


def test_what_looks_like_markup_is_text() -> None:
    (entry,) = fromstring(b"".join(atom(FEED, [replace(ENTRY, title=HOSTILE)]))).iter(f"{A}entry")
    assert entry.findtext(f"{A}title") == READABLE


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        ("https://i.example/a.png", "image/png"),
        ("https://i.example/a.jpeg?size=1", "image/jpeg"),
        ("https://i.example/no-ending", "image/jpeg"),
        ("https://[", "image/jpeg"),
        ("javascript:alert(1)", None),
        ("data:image/png;base64,", None),
    ],
)
def test_a_picture_has_a_type_and_an_address_of_the_web(image: str, kind: str | None) -> None:
    (entry,) = fromstring(b"".join(atom(FEED, [replace(ENTRY, image=image)]))).iter(f"{A}entry")
    found = [link.attrib["type"] for link in entry.iter(f"{A}link") if link.attrib["rel"] == "enclosure"]
    assert found == ([] if kind is None else [kind])


def test_what_the_standard_demands_is_there() -> None:
    feed = fromstring(b"".join(atom(FEED, [ENTRY])))
    for element in (feed, *feed.iter(f"{A}entry")):
        assert all(len(element.findall(f"{A}{name}")) == 1 for name in ("id", "title", "updated"))
    assert feed.findtext(f"{A}author/{A}name") == "shop"


def test_ids_differ_where_their_parts_do() -> None:
    ids = {stable_id("a", "b"), stable_id("ab"), stable_id("a"), stable_id("b", "a")}
    assert len(ids) == 4
    assert all(each.startswith("urn:uuid:") for each in ids)


def test_a_sitemap_is_written_piece_by_piece() -> None:
    batches = iter([[Place("https://a.example/1", AT)], [Place("https://a.example/2")]])
    pieces = sitemap(batches)
    assert next(pieces).startswith(b"<?xml")
    assert b"/1</loc>" in next(pieces)
    assert next(batches, None) is not None, "the second batch is read when it is wanted"
    assert fromstring(b"".join(sitemap_index([Place("https://a.example/?a=1&b=<2>", AT)])))[0][0].text == (
        "https://a.example/?a=1&b=<2>"
    )
