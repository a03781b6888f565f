"""Who is erased is gone from every table and file, and nobody else loses anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update

from app.core.export_wishes import ExportKind
from app.errors import AccountKept, AccountNotFound, SyncBusy
from app.extensions import db, wiring
from app.models import Account, Base, Change, JobRow, ListingRow, QuarantinedItem, Run, Source, WebSession
from app.services.account_report import account_report
from app.services.accounts import overview
from app.services.erasing import erase
from app.services.job_ledger import JobLedger
from app.services.job_results import JobResults
from app.services.own_words import written_out
from app.services.showing import show
from config import Settings
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
    result = result_of(job, tmp_path)
    done = erase(LEAVER.upper())
    assert (done.username, done.copy.exists(), result.exists()) == (LEAVER, True, False)
    assert rows() == before
    with pytest.raises(AccountNotFound):
        erase(LEAVER)


def test_bytes_that_are_no_text_are_nobodys_name(app: Flask, mirror: MirrorBuilder) -> None:
    done = app.test_cli_runner().invoke(args=["account", "erase", "\udcff\udcfe", "--yes"])
    assert (done.exit_code, done.output.rstrip()) == (1, "Error: no account")


def result_of(job: str, instance_path: Path) -> Path:
    result = JobResults(instance_path).whole(job)
    result.parent.mkdir(exist_ok=True)
    result.write_text("CANARY")
    return result


def test_jobs_that_name_who_leaves_go_and_those_of_others_stay(
    mirror: MirrorBuilder, shop: int, tmp_path: Path
) -> None:
    """An export without an owner that names nobody goes once it has written: nobody knows whose rows it holds."""
    ledger = JobLedger(db.engine, wiring().clock)
    with db.engine.connect() as connection:
        account = connection.scalar(select(Source.account_id).where(Source.id == shop))
    gone = [
        ledger.submit(ExportKind.FOLDER, {"account": LEAVER.upper(), "folder_id": 0}),
        ledger.submit(ExportKind.IMPORT, {"account": account, "folders": [0]}),
        ledger.submit("csv-export", {"seller": LEAVER}),
        ledger.submit("csv-export", {"q": "blue"}),
    ]
    begun = update(JobRow).where(JobRow.id == gone[-1]).values(state="done", result_size=6)
    kept = [
        ledger.submit("csv-export", {"seller": SELLER}),
        ledger.submit("csv-export", {"q": "blue"}),
        ledger.submit(ExportKind.FOLDER, {"account": SELLER, "folder_id": account}),
        ledger.submit("enrich", {"limit": account, "only": "all"}),
        ledger.submit("csv-export", {"seller": LEAVER}, owner="77"),
    ]
    with db.engine.begin() as connection:
        connection.execute(begun)
    results = [result_of(job, tmp_path) for job in gone]
    erase(LEAVER)
    assert {row.id for row in ledger.newest()} == {*kept}
    assert not any(result.exists() for result in results)


def test_a_shop_that_nobody_saw_goes_with_all_of_it(app: Flask, shop: int) -> None:
    told = app.test_cli_runner().invoke(args=["account", "erase", LEAVER], input="y\n")
    assert told.exit_code == 0, told.output
    assert "CANARY" not in repr(rows())
    assert len(log()) == live() == 1


def test_of_a_shop_that_was_shown_stays_what_visitors_were_told(app: Flask, mirror: MirrorBuilder, shop: int) -> None:
    wired = wiring()
    for is_shown in (True, False):
        show(db.engine, wired.locks, wired.clock, shop, is_shown=is_shown, settings=wired.settings)
    with db.engine.begin() as connection:
        told = (
            select(Change.seq)
            .where(Change.source_id == shop, Change.public_kind == "remove")
            .limit(1)
            .scalar_subquery()
        )
        fields = '{"price_minor": [1234, 4321], "price_value": ["12.34", "43.21"]}'
        connection.execute(update(Change).where(Change.seq == told).values(public_kind="update", fields=fields))
    client = app.test_client()
    answer = client.get("/api/changes")
    before = answer.get_json()["changes"]
    assert [change["kind"] for change in before] == ["add", "add", "add", "update", "remove"]
    assert before[3]["fields"]
    erase(LEAVER)
    after = client.get("/api/changes", headers={"If-None-Match": answer.headers["ETag"]}).get_json()["changes"]
    assert after == [{**change, "fields": {}} for change in before]
    assert "CANARY" not in repr(rows())
    assert len(log()) == live() == 1
    with db.engine.connect() as connection:
        kept = connection.execute(select(Account.username, Account.discogs_user_id).join(Source)).all()
        assert connection.scalar(select(func.count()).where(Run.source_id == shop, Run.data_digest.is_not(None))) == 0
    assert ("erased/2", None) in [tuple(row) for row in kept]
    assert [account["username"] for account in account_report()] == [SELLER]
    assert [line.partition(":")[0] for line in overview()] == [SELLER]
    assert b"erased" not in b"".join(written_out(with_secrets=True))
    with pytest.raises(AccountNotFound):
        erase("erased/2")


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
    notice = "DISCOGS_TOKEN looks like a placeholder. Syncing is off until then."
    wiring().settings = app.extensions["settings"].replace(notices=(notice,))
    assert not any(account["may_be_erased"] for account in account_report())
    with pytest.raises(AccountKept, match="DISCOGS_TOKEN cannot be used"):
        erase(LEAVER)
    wiring().settings = app.extensions["settings"]
    lock = wiring().locks.try_hold("mirror")
    assert lock is not None
    with pytest.raises(SyncBusy):
        erase(LEAVER)
    lock.release()
    assert rows() == before


def test_no_byte_of_the_file_tells_of_who_went(
    sqlite_url: str, base_settings: Settings, make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    """Servers at work hold it open: its log is not emptied by the last one who leaves."""
    app = make_app(base_settings.replace(database_url=sqlite_url, instance_path=tmp_path))
    with app.app_context():
        mirror = MirrorBuilder(db.engine)
        shop = mirror.seller(LEAVER, is_active=False)
        mirror.listings(40, source_id=shop, location="CANARY shelf", title="CANARY title")
        wired = wiring()
        for is_shown in (True, False):
            show(db.engine, wired.locks, wired.clock, shop, is_shown=is_shown, settings=wired.settings)
        with db.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA secure_delete").scalar_one() == 1
        erase(LEAVER)
        files = {path.name: path.read_bytes().lower() for path in tmp_path.glob("mirror.db*") if path.is_file()}
    assert {name for name, whole in files.items() if b"canary" in whole} == set()
