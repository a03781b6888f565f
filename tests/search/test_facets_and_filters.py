"""A value told with a count finds exactly so many, whatever names are like, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.core.query import SearchQuery, parse_query
from app.core.text import format_tokens
from app.extensions import db, wiring
from app.search import facet_columns
from app.search.facet_columns import FEW_TEXTS, FacetColumns
from app.search.refining import is_answer
from app.services.inventory_service import InventoryService
from app.services.shop_index import ShopIndexWriter
from tests.builders import MirrorBuilder

PARAMETERS = {
    "artists": "artist",
    "labels": "label",
    "genres": "genre",
    "styles": "style",
    "formats": "format",
    "countries": "country",
    "years": "year",
    "conditions": "condition",
    "sleeve_conditions": "sleeve_condition",
}
# artist, label, format, genres, styles, country
ALIKE = [
    ("Abara", "Columbia", "LP, Album", "Rock", "Acid House", "UK"),
    ("Abara*", "Columbia Masterworks", "2xLP, Album", "Rock, Pop", "Acid, House", "UK & Europe"),
    ("Abara, Odette Fournier", "Columbia, CBS", 'LP, 12"', "Folk, World, & Country", "Acid-House, Deep House", "UK"),
    ("Odette Fournier", "CBS, Columbia", "CD, Single", "Folk, World, & Country, Rock", "House, Acid", "Europe"),
    ("Bexley (2)", "!!!, CBS", "CDr, Single Sided", "Jazz", "Minimal, Techno", None),
    ("BEXLEY", "!!!", "CD, CD, Ltd", "Jazz", "Minimal Techno", "uk"),
    ("The Bexley Orchestra & The Abara", "Not On Label (Abara Self-released)", None, None, None, None),
    ("Bexley Orchestra " * 20, "Label " * 60, "Album", "Rock", "Techno", "UK, Europe"),
    ("!!!", None, "File, FLAC", "Rock", None, "US"),
    (None, "Ábara", "7 inch", "rock", "acid house", "UK"),
    ("x" * 300, "X" * 300, "x" * 300, "x" * 300, "x" * 300, " "),
    ("X" * 300, "x" * 300, "X" * 300, "X" * 300, "X" * 300, "x" * 300),
]
QUESTIONS = [
    {},
    {"q": "abara"},
    {"q": "col"},
    {"format": "vinyl"},
    {"year_min": "1971"},
    {"q": "bexley", "genre": "jazz"},
]


@pytest.fixture(params=["terms", "plain"])
def mirror(app: Flask, request: pytest.FixtureRequest) -> Iterator[MirrorBuilder]:
    """With the index of terms, and as it is read until that index is made."""
    with app.app_context():
        index = ShopIndexWriter.of(wiring().settings) if request.param == "terms" else None
        yield MirrorBuilder(db.engine, index)


@pytest.fixture(params=[FEW_TEXTS, 0], ids=["few texts", "many texts"])
def few_texts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in both ways."""
    monkeypatch.setattr(facet_columns, "FEW_TEXTS", request.param)


@pytest.mark.usefixtures("few_texts")
@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_a_value_told_finds_what_was_counted(mirror: MirrorBuilder, question: dict[str, str]) -> None:
    names = ("artist", "label", "format", "release_id", "year", "condition")
    rows = [
        (*row[:3], at, 1970 + at % 3, "Mint (M)" if at % 2 else "Good (G)") for at, row in enumerate(ALIKE, start=1)
    ]
    releases = [
        {"release_id": at, "genres": genres, "styles": styles, "country": country}
        for at, (*_, genres, styles, country) in enumerate(ALIKE, start=1)
    ]
    mirror.write([dict(zip(names, row, strict=True)) for row in rows], releases)
    service = InventoryService()
    facets = service.facets(parse_query(question.items()))
    for field, name in PARAMETERS.items():
        if name in question:
            continue
        for told in facets[field]:  # type: ignore[literal-required]
            with service.found(parse_query([*question.items(), (name, str(told["value"]))])) as found:
                assert found.total() == told["count"], (field, told)


def test_values_are_told_by_what_they_find(mirror: MirrorBuilder) -> None:
    mirror.write([{"artist": name} for name in ("Abara", "Abara*", "Abara Duo", "Bexley", "Bexley")], [])
    assert InventoryService().facets(SearchQuery())["artists"] == [
        {"value": "Abara", "count": 3},
        {"value": "Abara*", "count": 3},
        {"value": "Bexley", "count": 2},
        {"value": "Abara Duo", "count": 1},
    ]


names_in_a_text = st.none() | st.lists(
    st.sampled_from(
        ["Acid", "House", "acid-house", "Acid House", "!!!", "Folk", "World", "& Country", "LP", "2xLP", ""]
    ),
    max_size=4,
).map(", ".join)
Texts = tuple[str | None, ...]
COLUMNS = ("artist", "label", "format", "genres", "styles", "country")


@pytest.mark.parametrize("few", [FEW_TEXTS, 0])
@given(rows=st.lists(st.tuples(*[names_in_a_text] * len(COLUMNS)), max_size=8), data=st.data())
def test_counts_are_those_of_a_plain_filter(few: int, rows: list[Texts], data: st.DataObject) -> None:
    hits = data.draw(st.lists(st.sampled_from(range(len(rows))), unique=True)) if rows else []
    columns = FacetColumns.of([[(*row[:3], 1970, None, None, *row[3:], None, None) for row in rows]])
    with patch.object(facet_columns, "FEW_TEXTS", few):
        facets = columns.count(hits)
    for field, name in PARAMETERS.items():
        if field in {"years", "conditions", "sleeve_conditions"}:
            continue
        for told in facets[field]:  # type: ignore[literal-required]
            query = parse_query([(name, told["value"])])
            assert told["count"] == sum(answers(query, rows[hit]) for hit in hits), (field, told)


def answers(query: SearchQuery, texts: Texts) -> bool:
    """What the plain index decides row by row, and the format."""
    row: Any = SimpleNamespace(**dict(zip(COLUMNS, texts, strict=True)))
    return is_answer(query, row) and all(f" {token} " in format_tokens(texts[2]) for token in query.format)
