"""Words that much of a shop has: found like any others, and told rank by rank only where that is needed."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.core.terms import Wanted
from app.extensions import db
from app.models.transactions import read_transaction, write_transaction
from app.search import dialects
from app.search.postings import Postings
from tests.search.test_postings import make_anew

SHOP = dialects.FEW + 200
WHERE = {
    "all": range(SHOP),
    "rare": range(7, 20),
    "nearly": range(dialects.FEW - 1),
    "few": range(dialects.FEW),
    "first": range(SHOP - 1),
    "last": range(1, SHOP),
    "odd": range(1, SHOP, 2),
}


@pytest.fixture
def shop(app: Flask) -> None:
    """Documents whose words are those of WHERE that name their position."""
    entries = [
        (10 * at, at + 1, b"{}", [word for word, positions in WHERE.items() if at in positions]) for at in range(SHOP)
    ]
    with app.app_context(), write_transaction(db.engine) as connection:
        dialects.put(connection, entries)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("word", WHERE)
@pytest.mark.parametrize("is_whole", [True, False], ids=["word", "beginning"])
def test_every_document_with_a_word_is_found(app: Flask, word: str, *, is_whole: bool) -> None:
    wanted = Wanted((word,), None) if is_whole else Wanted((), word[:3])
    with app.app_context(), read_transaction(db.engine) as connection:
        found = Postings(connection, make_anew).having(wanted, None)
    assert list(found or ()) == list(WHERE[word])


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("word", "is_told"), [("all", False), ("first", True), ("last", True)])
def test_what_every_document_has_is_counted_and_not_told(app: Flask, word: str, *, is_told: bool) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        asked.append(statement)

    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("PostgreSQL tells all ranks as an array that needs no reading")
        event.listen(db.engine, "before_cursor_execute", note)
        with read_transaction(db.engine) as connection:
            Postings(connection, make_anew).having(Wanted((word,), None), None)
    assert (dialects._ALL_OF_FTS5 in asked) is is_told
