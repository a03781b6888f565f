"""Where documents stand in the text of an array."""

from __future__ import annotations

from array import array
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.formats.json_listing import json_array, json_bytes
from app.formats.lines import BETWEEN, START, LineStarts

DOCUMENTS = st.lists(st.text().map(lambda text: json_bytes({"title": text})), min_size=1)


@given(DOCUMENTS, st.data())
def test_every_document_is_found_whatever_the_pieces(documents: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(json_array([documents]))
    borders = sorted({0, len(whole), *data.draw(st.lists(st.integers(1, len(whole))))})
    by = LineStarts()
    starts = array(START)
    for start, end in pairwise(borders):
        starts.frombytes(by.compress(whole[start:end]))
    starts.frombytes(by.flush())
    assert [whole[start : end - BETWEEN] for start, end in pairwise(starts)] == documents
