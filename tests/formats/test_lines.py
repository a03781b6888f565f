"""Where documents stand in the text of an array."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.json_listing import json_array, json_bytes
from app.formats.lines import BETWEEN, LineStarts, size_of, starts_of

DOCUMENTS = st.lists(st.text().map(lambda text: json_bytes({"title": text})), min_size=1)


@given(DOCUMENTS, st.data())
def test_every_document_is_found_whatever_the_pieces(documents: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(json_array([documents]))
    borders = sorted({0, len(whole), *data.draw(st.lists(st.integers(1, len(whole))))})
    by = LineStarts()
    kept = b"".join(by.compress(whole[start:end]) for start, end in pairwise(borders)) + by.flush()
    starts = starts_of(kept)
    assert size_of(starts) == len(whole)
    assert [whole[start : end - BETWEEN] for start, end in pairwise(starts)] == documents


@given(st.integers(0, 39), st.integers(1, 255))
def test_one_wrong_byte_is_noticed(at: int, change: int) -> None:
    by = LineStarts()
    kept = by.compress(b"[{},\n{}]") + by.flush()
    assert len(kept) == 40
    with pytest.raises(ValueError, match="seal"):
        starts_of(kept[:at] + bytes([kept[at] ^ change]) + kept[at + 1 :])


@pytest.mark.parametrize("size", [0, 8, 16, 39])
def test_half_a_file_is_refused(size: int) -> None:
    by = LineStarts()
    kept = by.compress(b"[{},\n{}]") + by.flush()
    with pytest.raises(ValueError, match="seal"):
        starts_of(kept[:size])
