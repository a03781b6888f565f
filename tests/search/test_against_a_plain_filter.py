"""The search finds what a plain filter over the same listings finds, whatever their texts and whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from app.core.parsing import clean
from app.core.query import LONGEST_TEXT, MOST_WORDS, parse_query
from app.core.text import words
from app.extensions import db, wiring
from app.models import ListingRow
from app.services.inventory_service import InventoryService
from app.services.shop_index import ShopIndexWriter
from tests.builders import MirrorBuilder
from tests.hostile import TEXTS

FIELDS = ("artist", "title", "label", "catalog_number")
# Few letters, so that words meet; signs that mean something to some index; the hostile; and anything at all.
texts = st.one_of(
    st.text(alphabet="abé1 -/!\"'*:().&|", max_size=10),
    st.lists(st.sampled_from(["blue", "Blues", "BLÜ", "a", "AC/DC", "!!!", '12"', "-", "ﬁ", "fi"]), max_size=4).map(
        " ".join
    ),
    st.sampled_from([text for text in TEXTS.values() if len(text) <= LONGEST_TEXT]),
    st.text(max_size=12),
)
listings = st.lists(
    st.fixed_dictionaries({name: st.none() | texts.map(clean) for name in FIELDS}), min_size=1, max_size=5
)
questions = st.lists(st.fixed_dictionaries({}, optional={"q": texts, "artist": texts, "label": texts}), max_size=5)
Texts = dict[str, str | None]


@pytest.fixture(params=["terms", "plain"])
def mirror(app: Flask, request: pytest.FixtureRequest) -> Iterator[MirrorBuilder]:
    """With the index of terms, and as it is read until that index is made."""
    with app.app_context():
        index = ShopIndexWriter.of(wiring().settings) if request.param == "terms" else None
        yield MirrorBuilder(db.engine, index)


@settings(
    deadline=None,
    derandomize=True,
    max_examples=60,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(written=listings, asked=questions, data=st.data())
def test_the_search_finds_what_a_plain_filter_finds(
    mirror: MirrorBuilder, written: list[Texts], asked: list[dict[str, str]], data: st.DataObject
) -> None:
    known = [text for listing in written for text in listing.values() if text]
    if known:  # what is there is asked for too: whole, and a beginning of it
        text = data.draw(st.sampled_from(known))
        asked = [*asked, {"q": text}, {"q": text[: data.draw(st.integers(1, len(text)))]}, {"artist": text}]
    ids = fill(mirror, written)
    for question in asked:
        if not is_bounded(question):
            continue
        wanted = [number for number, listing in zip(ids, written, strict=True) if answers(listing, question)]
        assert found(question) == (sorted(wanted, reverse=True), len(wanted), len(wanted)), question


def fill(mirror: MirrorBuilder, written: Sequence[Texts]) -> list[int]:
    """These listings and no others; later ones are newer."""
    with mirror.engine.begin() as connection:
        connection.execute(delete(ListingRow))
    return mirror.write([dict(listing) for listing in written], [])


def found(question: dict[str, str]) -> tuple[list[int], int, int]:
    """The ids that answer, how many, and how many the facets count."""
    query = parse_query(question.items())
    service = InventoryService()
    with service.found(query) as hits:
        ids = [int(item["listing_id"]) for batch in hits.batches() for item in batch]
        return ids, hits.total(), service.facets(query)["total"]


def is_bounded(question: dict[str, Any]) -> bool:
    return all(len(words(text)) <= MOST_WORDS for text in question.values())


def answers(listing: Texts, question: dict[str, str]) -> bool:
    """The rule, as one would tell it to a person."""
    said = {name: words(listing[name] or "") for name in FIELDS}
    for name, text in question.items():
        if not text.strip():
            continue
        wanted = words(clean(text))
        wanted = [word for word in wanted if any(sign.isalnum() for sign in word)] or wanted
        having = [word for field in said.values() for word in field] if name == "q" else said[name]
        whole, beginning = (wanted[:-1], wanted[-1:]) if name == "q" else (wanted, [])
        if not wanted or not set(whole) <= set(having):
            return False
        if beginning and not any(word.startswith(beginning[0]) for word in having):
            return False
    return True
