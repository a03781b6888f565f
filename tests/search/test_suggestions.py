"""What mending a question asks of the database: no more in a shop of many alike words."""

from __future__ import annotations

from collections.abc import Callable
from string import ascii_lowercase
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.search.suggestions import MOST_TRIED
from tests.api.conftest import counted, mirror
from tests.builders import MirrorBuilder

__all__ = ["counted", "mirror"]
# The state; of each word of the question which have it; where documents stand; which words are known, and whether the
# last is begun where it is not; which spellings occur.
FIXED = {"mino zebra": 1 + 2 + 1 + 1 + 1, "mino taro": 1 + 2 + 1 + 2 + 1}


def alike(word: str) -> list[str]:
    """Some fifty words that are a slip away."""
    exchanged = [word[:-1] + letter for letter in ascii_lowercase]
    put_in = [word[:2] + letter + word[2:] for letter in ascii_lowercase]
    return [one for one in dict.fromkeys([*exchanged, *put_in]) if one != word]


@pytest.mark.parametrize("number", [30, 50])
@pytest.mark.parametrize("question", FIXED)
def test_only_the_likeliest_corrections_are_tried(
    client: FlaskClient, mirror: MirrorBuilder, counted: Callable[[], Any], question: str, number: int
) -> None:
    names = [*alike("mino")[:number], *alike("taro")[:number]]
    mirror.write([{"artist": name} for name in ["Zebra", *names]], [])  # no two of them on one record
    with counted() as statements:
        answer = client.get("/api/search", query_string={"q": question, "limit": 2})
    assert answer.get_json() == []
    tried = MOST_TRIED[1] if question.endswith("zebra") else 2 * MOST_TRIED[2]
    assert len(statements) == FIXED[question] + tried, "\n".join(statements)
