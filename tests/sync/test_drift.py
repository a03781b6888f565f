"""Rows that somebody changed in the database by hand: the doctor lists them, and a forced sync writes them anew."""

from __future__ import annotations

from collections import Counter

import orjson
import pytest
from flask import Flask
from sqlalchemy import text

from app.core.money import from_minor
from app.core.query import SearchQuery
from app.extensions import db, wiring
from app.services.inventory_service import InventoryService
from tests.invariants import assert_sound
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop
from tests.sync.test_cost import counted_statements
from tests.sync.test_doctor import findings

REPAIR = "flask --app run sync inventory --force writes them anew"


def changed(statement: str, **values: object) -> None:
    """Somebody changes the database by hand."""
    with db.engine.begin() as connection:
        connection.execute(text(statement), values)


def drift(app: Flask) -> dict[str, str]:
    return findings(app, "--offline")[1]["drift"]


def shown_as(title: str) -> int:
    """How many listings visitors see with this title."""
    return sum(item["release_title"] == title for item in InventoryService().search_items(SearchQuery()))


def test_what_was_changed_by_hand_is_listed_and_written_anew(app: Flask, mirror: Mirror) -> None:
    mirror.sync()
    numbers = sorted(mirror.live())
    before = [mirror.listing(number) for number in numbers[:7]]
    changed("UPDATE listings SET title = 'x', price_minor = 1 WHERE listing_id < :end", end=numbers[7])
    assert drift(app) == {
        "about": "drift",
        "verdict": "warning",
        "detail": "7 of 538 listings of example_seller were changed by another program than this one: "
        + ", ".join(map(str, numbers[:5]))
        + ", …",
        "advice": REPAIR,
    }
    assert mirror.sync()["unchanged"] == 538
    app.test_cli_runner().invoke(args=["rebuild-index"])  # visitors see it now
    assert shown_as("x") == 7

    seq = len(mirror.changes())
    done = mirror.sync(force_full=True)
    assert (done["outcome"], done["updated"], done["unchanged"]) == ("applied", 7, 531)
    assert [mirror.listing(number) for number in numbers[:7]] == before
    told = mirror.changes()[seq:]
    assert [(change.kind, change.public_kind, change.item_id) for change in told] == [
        ("update", "update", number) for number in numbers[:7]
    ]
    assert orjson.loads(told[0].fields) == {
        "release_title": ["x", before[0].title],
        "price_value": ["0.01", str(from_minor(before[0].price_minor, before[0].price_currency))],
    }
    assert shown_as("x") == 0
    assert drift(app)["detail"] == "all 538 rows are as they were told"
    assert_sound(db.engine)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE listings SET search_text = ' elsewhere '",
        "UPDATE listings SET format_tokens = ' cd '",
        "UPDATE listings SET fingerprint = :nothing",
        "UPDATE listings SET location = 'in the cellar', allow_offers = NULL",
        "UPDATE listings SET posted_at = '1999-01-01T00:00:00+00:00'",
        "UPDATE listings SET status = 'Draft'",
    ],
)
def test_whatever_is_changed(app: Flask, mirror: Mirror, statement: str) -> None:
    mirror.sync()
    before = {row.listing_id: row for row in mirror.rows()}
    number = min(before)
    changed(
        f"{statement} WHERE listing_id = :number", number=number, **{"nothing": b""} if "nothing" in statement else {}
    )
    assert drift(app)["verdict"] == "warning"
    assert mirror.sync(force_full=True)["updated"] == 1
    noted = {"updated_at", "updated_run_id"}
    after = mirror.row(number)._asdict()
    assert {name: value for name, value in before[number]._asdict().items() if after[name] != value}.keys() <= noted
    assert drift(app)["verdict"] == "ok"
    assert_sound(db.engine)


def test_a_time_that_is_none_is_written_anew(app: Flask, mirror: Mirror) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("a time is a time there")
    mirror.sync()
    number = min(mirror.live())
    before = mirror.listing(number)
    changed("UPDATE listings SET posted_at = 'yesterday' WHERE listing_id = :number", number=number)
    assert str(number) in drift(app)["detail"]
    assert mirror.sync(force_full=True)["updated"] == 1
    assert mirror.listing(number) == before
    assert_sound(db.engine)


def test_rows_that_were_taken_out_are_missed_until_the_next_sync(app: Flask, mirror: Mirror) -> None:
    mirror.sync()
    changed("DELETE FROM listings WHERE listing_id = :number", number=min(mirror.live()))
    assert drift(app)["detail"].startswith("the 537 listings of example_seller are not those that its last run left")
    assert mirror.sync()["added"] == 1
    assert drift(app)["verdict"] == "ok"


def test_a_forced_sync_signs_what_it_found_to_be_right(app: Flask, mirror: Mirror) -> None:
    mirror.sync()
    changed("UPDATE runs SET data_digest = 'of other rows'")
    assert mirror.sync()["unchanged"] == 538
    assert drift(app)["verdict"] == "warning"
    assert mirror.sync(force_full=True)["unchanged"] == 538
    assert drift(app)["verdict"] == "ok"
    assert_sound(db.engine)


def test_a_forced_sync_of_a_few_mends_these_and_removes_nothing(app: Flask, mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    changed("UPDATE listings SET title = 'x'")
    done = mirror.sync(limit=100, force_full=True)
    assert (done["updated"], done["removed"], done["missing"]) == (100, 0, 0)
    assert drift(app)["detail"].startswith("438 of 538 listings")


def test_strangers_eyes_mend_what_they_see(app: Flask, mirror: Mirror, shop: MemoryShop) -> None:
    shop.has_token = False
    mirror.sync()
    before = mirror.listing(min(mirror.live()))
    changed("UPDATE listings SET title = 'x' WHERE listing_id = :number", number=before.listing_id)
    assert mirror.sync(force_full=True)["updated"] == 1
    assert mirror.listing(before.listing_id) == before
    assert drift(app)["verdict"] == "ok"


def test_where_nothing_is_ever_changed_the_doctor_says_so(app: Flask, mirror: Mirror) -> None:
    wiring().settings = wiring().settings.replace(inventory_sync_policy="add_only")
    mirror.sync()
    changed("UPDATE listings SET title = 'x'")
    assert mirror.sync(force_full=True)["unchanged"] == 538
    told = drift(app)
    assert told["detail"].startswith("538 of 538 listings")
    assert "INVENTORY_SYNC_POLICY is add_only" in told["advice"]


def test_other_sellers_are_mended_otherwise(app: Flask, mirror: Mirror) -> None:
    mirror.sync()
    changed("UPDATE listings SET title = 'x'")
    wiring().settings = wiring().settings.replace(discogs_seller_username="somebody_else")
    assert drift(app)["advice"].startswith("no sync reads them")
    changed("UPDATE accounts SET sealed_token = :sealed", sealed=wiring().sealer.seal("token"))
    assert drift(app)["advice"] == "“Force full” at /sync writes them anew"


def test_doubting_costs_no_statement_and_writes_nothing_where_all_is_right(mirror: Mirror) -> None:
    mirror.sync()
    counted: list[Counter[str]] = []
    for force_full in (False, True):
        with counted_statements() as statements:
            assert mirror.sync(force_full=force_full)["unchanged"] == 538
        counted.append(Counter(statements))
    usual, doubting = counted
    assert doubting - usual == Counter(SELECT=1)  # what the run signs
    assert not usual - doubting
