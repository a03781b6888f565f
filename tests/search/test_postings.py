"""Positions of ranks: found alike in whatever the ranks are kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, cast
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from app.search import postings
from app.search.postings import Postings

RANKS = st.sets(st.integers(0, 2**62), min_size=1)
UNKNOWN = cast(Connection, None)  # nothing is asked of it


def make_anew(_key: Hashable, make: Callable[[], Any]) -> Any:
    return make()


@pytest.mark.parametrize(("mapped", "in_a_list"), [(1_000, 0), (0, 1_000), (0, 0)], ids=["mapping", "list", "array"])
@given(ranks=RANKS, data=st.data())
def test_ranks_are_found_where_they_stand(mapped: int, in_a_list: int, ranks: set[int], data: st.DataObject) -> None:
    stored = data.draw(st.permutations(sorted(ranks)))
    asked = data.draw(st.lists(st.sampled_from(stored), unique=True))
    with (
        patch.object(postings, "MOST_MAPPED", mapped),
        patch.object(postings, "MOST_IN_A_LIST", in_a_list),
        patch.object(postings, "all_ranks", lambda _connection: stored),
    ):
        shop = Postings(UNKNOWN, make_anew)
        found = shop.at(asked)
        assert sorted(shop.ranks_at(found)) == sorted(asked)
    assert list(found) == [at for at, rank in enumerate(sorted(ranks)) if rank in set(asked)]


def test_terms_without_a_document_are_left_out() -> None:
    with patch.object(postings, "all_ranks", lambda _connection: [30, 10, 20]):
        assert list(Postings(UNKNOWN, make_anew).at([20, 25])) == [1]
