"""Who is erased is gone from every table and file, and nobody else loses anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update

from app.errors import AccountKept, AccountNotFound, SyncBusy
from app.extensions import db, wiring
from app.models import Account, Base, Change, ListingRow, QuarantinedItem, Run, Source, WebSession
from app.services.erasing import erase
from app.services.job_ledger import JobLedger
from app.services.job_results import JobResults
from app.services.showing import show
from tests.builders import DAY, SELLER, MirrorBuilder
from tests.invariants import replay
from tests.shelf_builder import ShelfBuilder

LEAVER = "CANARY-leaver"


@pytest.fixture
def mirror(app: Flask) -> Iterator[MirrorBuilder]:
    """A shop with a collection, beside which somebody is mirrored who leaves."""
    with app.app_context():
        mirror = MirrorBuilder(db.engine)
        mirror.change(mirror.listing(), "add", public_kind="add")
        ShelfBuilder(mirror).copies([{}, {}])
        yield mirror


@pytest.fixture
def shop(mirror: MirrorBuilder) -> int:
    """The shop of who leaves: of visitors nobody ever saw it."""
    shop = mirror.seller(LEAVER, is_active=False)
    run = mirror.run(source_id=shop, detail="of CANARY", latest_item="CANARY")
    numbers = mirror.listings(2, source_id=shop, location="CANARY shelf", title="CANARY title")
    with db.engine.begin() as connection:
        for number in numbers:
            entry = {"at": DAY, "run_id": run, "source_id": shop, "item_id": number, "kind": "add"}
            connection.execute(insert(Change).values(**entry, fields='{"location": [null, "CANARY"]}'))
        refused = {"run_id": run, "place": "page 1", "problem": "CANARY", "raw": "CANARY"}
        connection.execute(insert(QuarantinedItem).values(refused))
    return shop


def rows() -> dict[str, list[tuple[Any, ...]]]:
    with db.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in Base.metadata.sorted_tables
            if table.name != "mirror_state"
        }


def log() -> dict[int, bool]:
    with db.engine.connect() as connection:
        return replay(connection.execute(select(Change.kind, Change.item_id).order_by(Change.seq)))


def live() -> int:
    with db.engine.connect() as connection:
        query = select(func.count()).select_from(ListingRow).where(ListingRow.removed_at.is_(None))
        return int(connection.scalar(query) or 0)


def test_nothing_is_left_and_nobody_else_loses_anything(app: Flask, mirror: MirrorBuilder, tmp_path: Path) -> None:
    before = rows()
    shelves = [ShelfBuilder(mirror, LEAVER, kind=kind) for kind in ("collection", "wantlist")]
    shelves[0].copy(notes={4: "CANARY notes"})
    shelves[1].want(77, notes="CANARY wish")
    account = shelves[0].account_id
    with db.engine.begin() as connection:
        session = {"digest": "CANARY", "account_id": account, "created_at": DAY, "used_at": DAY}
        connection.execute(insert(WebSession).values(session))
    job = JobLedger(db.engine, wiring().clock).submit("csv-export", {"q": "CANARY"}, owner=str(account))
    result = JobResults(tmp_path).whole(job)
    result.parent.mkdir()
    result.write_text("CANARY")
    done = erase(LEAVER.upper())
    assert (done.username, done.copy.exists(), result.exists()) == (LEAVER, True, False)
    assert rows() == before
    with pytest.raises(AccountNotFound):
        erase(LEAVER)


def test_a_shop_that_nobody_saw_goes_with_all_of_it(app: Flask, shop: int) -> None:
    told = app.test_cli_runner().invoke(args=["account", "erase", LEAVER], input="y\n")
    assert told.exit_code == 0, told.output
    assert "CANARY" not in repr(rows())
    assert len(log()) == live() == 1


def test_of_a_shop_that_was_shown_stays_what_visitors_were_told(app: Flask, mirror: MirrorBuilder, shop: int) -> None:
    wired = wiring()
    for is_shown in (True, False):
        show(db.engine, wired.locks, wired.clock, shop, is_shown=is_shown, settings=wired.settings)
    client = app.test_client()
    before = client.get("/api/changes").get_json()
    assert [change["kind"] for change in before["changes"]] == ["add", "add", "add", "remove", "remove"]
    erase(LEAVER)
    assert client.get("/api/changes").get_json() == before
    assert "CANARY" not in repr(rows())
    assert len(log()) == live() == 1
    with db.engine.connect() as connection:
        kept = connection.execute(select(Account.username, Account.discogs_user_id).join(Source)).all()
        assert connection.scalar(select(func.count()).where(Run.source_id == shop, Run.data_digest.is_not(None))) == 0
    assert ("erased-2", None) in [tuple(row) for row in kept]


def test_a_listing_that_moved_is_told_of_by_the_shop_that_has_it(mirror: MirrorBuilder, shop: int) -> None:
    """One came to the shop that stays, one left it."""
    came = mirror.listing(source_id=shop)
    left = mirror.listing()
    for number in (came, left):
        mirror.change(number, "add", public_kind="add")
    with db.engine.begin() as connection:
        moved = update(ListingRow).where(ListingRow.listing_id == came).values(source_id=mirror.source_id)
        connection.execute(moved)
        connection.execute(update(Change).where(Change.item_id == came).values(source_id=shop))
        connection.execute(update(ListingRow).where(ListingRow.listing_id == left).values(source_id=shop))
    erase(LEAVER)
    assert set(log()) >= {came}
    assert left not in log()
    assert len(log()) == live() == 2


def test_who_is_named_or_shown_stays(app: Flask, mirror: MirrorBuilder, shop: int) -> None:
    before = rows()
    with pytest.raises(AccountKept, match="its shop is shown"):
        erase(SELLER)
    for name in ("discogs_seller_username", "discogs_collection_username"):
        wiring().settings = app.extensions["settings"].replace(**{name: LEAVER.lower()})
        with pytest.raises(AccountKept, match="the settings name it"):
            erase(LEAVER)
    lock = wiring().locks.try_hold("mirror")
    assert lock is not None
    with pytest.raises(SyncBusy):
        erase(LEAVER)
    lock.release()
    assert rows() == before
