"""An index that lost something by hand or by damage is named, and made whole by the command that the doctor names."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.query import SearchQuery
from app.extensions import db
from app.services.inventory_service import InventoryService
from tests.invariants import assert_sound
from tests.sync.conftest import Mirror
from tests.sync.test_doctor import findings

WORD = SearchQuery(words=("title",))


def found() -> int:
    """How many listings a search for a word of all of them finds."""
    with InventoryService().found(WORD) as items:
        return items.total()


def changed(sqlite: str, postgresql: str | None = None) -> None:
    """Somebody changes the database by hand."""
    with db.engine.begin() as connection:
        connection.execute(text(postgresql or sqlite if connection.dialect.name == "postgresql" else sqlite))


def assert_mended_by_rebuilding(app: Flask, told: str) -> None:
    """The doctor says so, and once it is done, it is quiet and all is found."""
    code, named = findings(app, "--offline")
    assert code == 1
    assert named["index"] == {
        "about": "index",
        "verdict": "problem",
        "detail": told,
        "advice": "flask --app run rebuild-index",
    }
    assert app.test_cli_runner().invoke(args=["rebuild-index"]).exit_code == 0
    code, named = findings(app, "--offline")
    assert (code, named["index"]["detail"]) == (0, "538 of 538 listings are in the index")
    assert found() == 538
    assert_sound(db.engine)


def test_documents_that_no_search_finds(app: Flask, mirror: Mirror) -> None:
    mirror.sync()
    some = "(SELECT rank FROM shop_documents ORDER BY rank LIMIT 500)"
    changed(
        f"DELETE FROM fts_shop WHERE rowid IN {some}", f"UPDATE shop_documents SET terms = NULL WHERE rank IN {some}"
    )
    mirror.sync()  # mends nothing of it
    assert found() == 38
    assert_mended_by_rebuilding(app, "538 of 538 listings are in the index; no search finds 500 of its documents")


def test_terms_that_are_empty_are_found_out_on_a_server(app: Flask, mirror: Mirror) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("terms are in another table there")
    mirror.sync()
    changed("UPDATE shop_documents SET terms = '' WHERE rank = (SELECT max(rank) FROM shop_documents)")
    assert_mended_by_rebuilding(app, "538 of 538 listings are in the index; no search finds 1 of its documents")


def test_a_document_of_another_listing_in_place_of_ones_own(app: Flask, mirror: Mirror) -> None:
    """As many documents as listings are not enough."""
    mirror.sync()
    changed("UPDATE shop_documents SET listing_id = 7 WHERE rank = (SELECT max(rank) FROM shop_documents)")
    told = "1 listings are not shown; 1 of its documents are of nothing that is for sale"
    assert_mended_by_rebuilding(app, f"537 of 538 listings are in the index; {told}")


def test_terms_without_a_document(app: Flask, mirror: Mirror) -> None:
    mirror.sync()
    changed("DELETE FROM shop_documents WHERE rank = (SELECT max(rank) FROM shop_documents)")
    left = "; the terms of 1 documents are left over" if db.engine.dialect.name == "sqlite" else ""
    assert_mended_by_rebuilding(app, f"537 of 538 listings are in the index; 1 listings are not shown{left}")


@pytest.mark.parametrize("damage", ["DELETE FROM fts_shop_data WHERE id > 10", "UPDATE fts_shop_content SET c0 = 'x'"])
def test_words_that_are_not_those_of_the_documents(app: Flask, mirror: Mirror, damage: str) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the words stand beside the document there")
    mirror.sync()
    changed(damage)
    assert_mended_by_rebuilding(app, "538 of 538 listings are in the index; its words are not those of its documents")


def test_words_are_not_looked_at_while_others_write(app: Flask, mirror: Mirror) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("is about a file")
    mirror.sync()
    changed("UPDATE fts_shop_content SET c0 = 'x'")
    with db.engine.connect() as other:
        other.exec_driver_sql("UPDATE mirror_state SET version = version")
        assert findings(app, "--offline")[1]["index"]["verdict"] == "ok"
