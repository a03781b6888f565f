"""What an import makes of a file: added, updated, kept, rejected; once, wholly, and read back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select, text

from app.core.csv_merging import ImportVerdict
from app.errors import ConfigurationError, CsvRefused, SyncBusy
from app.extensions import db, wiring
from app.models import Account, QuarantinedItem, ReleaseRow, Source
from app.services.run_ledger import RunLedger
from app.services.sources import Sources
from tests.csv_import.conftest import SELLER, Mirror
from tests.csv_import.files import (
    NEW_DISCOGS_COLUMNS,
    OLD_DISCOGS_COLUMNS,
    SHOP_COLUMNS,
    csv_text,
    discogs_row,
    old_shop_file,
    shop_csv,
    shop_row,
)
from tests.invariants import assert_nothing_at_work, assert_sound

ID = 3_000_000_001
BEFORE, AFTER = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)  # the export of shop_row, that is


def test_520_records_are_520_rows(mirror: Mirror) -> None:
    report = mirror.put(old_shop_file())
    assert report.verdicts == {ImportVerdict.ADD: 520}
    assert (report.records, report.stored, report.lost, report.total) == (520, 520, 0, 520)
    assert report.is_whole
    assert len(mirror.rows()) == mirror.changes() == 520
    assert mirror.rows()[ID + 4].comments == "Seam split\nSide B has a mark"
    assert mirror.rows()[ID].location == "back room"
    assert_sound(db.engine)
    assert_nothing_at_work(db.engine)


def test_the_second_import_changes_nothing(mirror: Mirror) -> None:
    mirror.put(old_shop_file())
    before, version, changes = mirror.rows(), mirror.version(), mirror.changes()
    mirror.clock.advance(hours=1)
    report = mirror.put(old_shop_file())
    assert report.verdicts == {ImportVerdict.UNCHANGED: 520}
    assert (report.stored, report.total, report.is_whole) == (0, 520, True)
    assert (mirror.rows(), mirror.version(), mirror.changes()) == (before, version, changes)
    assert_sound(db.engine)


def test_what_was_changed_by_hand_is_written_anew(mirror: Mirror) -> None:
    mirror.put(old_shop_file())
    before = mirror.rows()[ID]
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE listings SET title = 'x', price_minor = 1 WHERE listing_id = :id"), {"id": ID})
    report = mirror.put(old_shop_file())
    assert report.verdicts == {ImportVerdict.UPDATE: 1, ImportVerdict.UNCHANGED: 519}
    after = mirror.rows()[ID]
    assert (after.title, after.price_minor) == (before.title, before.price_minor)
    assert_sound(db.engine)


def test_a_dry_run_writes_nothing(mirror: Mirror) -> None:
    mirror.put(shop_csv([shop_row(1), shop_row(2)]))
    before = mirror.everything()
    report = mirror.preview(shop_csv([shop_row(1), shop_row(2, comments="new"), shop_row(3), shop_row(4, status="")]))
    assert report.verdicts == {
        ImportVerdict.UNCHANGED: 1,
        ImportVerdict.UPDATE: 1,
        ImportVerdict.ADD: 1,
        ImportVerdict.REJECTED: 1,
    }
    assert mirror.findings[0].line == 5
    assert mirror.everything() == before


def test_every_status_is_kept(mirror: Mirror) -> None:
    statuses = ["For Sale", "Draft", "Sold", "Expired", "Violation"]
    mirror.put(shop_csv(shop_row(number, status=status) for number, status in enumerate(statuses)))
    assert sorted(row.status for row in mirror.rows().values()) == sorted(statuses)


def test_a_rejected_row_is_named_and_kept_in_quarantine(mirror: Mirror) -> None:
    report = mirror.put(shop_csv([shop_row(1), shop_row(2, price_value="cheap"), shop_row(3)]))
    assert (report.verdicts[ImportVerdict.REJECTED], report.stored, report.is_whole) == (1, 2, False)
    (finding,) = mirror.findings
    assert (finding.line, finding.listing_id, finding.problem) == (3, ID + 1, "price_value is no amount: 'cheap'")
    with db.engine.connect() as connection:
        kept = connection.execute(select(QuarantinedItem.__table__)).one()
    assert (kept.place, kept.item_id) == ("line 3", ID + 1)
    assert "price_value=cheap" in kept.raw


def test_of_two_states_of_a_listing_the_later_line_counts(mirror: Mirror) -> None:
    rows = [shop_row(1, comments="old"), shop_row(2), shop_row(2), shop_row(1, comments="new")]
    report = mirror.put(shop_csv(rows))
    assert (report.records, report.duplicates, report.stored) == (4, 2, 2)
    assert mirror.rows()[ID].comments == "new"
    assert [(finding.line, finding.listing_id) for finding in mirror.findings] == [(2, ID), (3, ID + 1)]
    assert "counts" in mirror.findings[0].problem
    assert "counts" not in mirror.findings[1].problem


def test_a_row_the_database_refuses_is_named_and_the_others_are_stored(mirror: Mirror) -> None:
    refuse = "INSERT INTO staged_listings"

    def refused(_c: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
        rows = parameters if isinstance(parameters, list) else [parameters]
        if statement.startswith(refuse) and any(ID + 1 in row for row in rows):
            raise_integrity_error()

    event.listen(db.engine, "before_cursor_execute", refused)
    report = mirror.put(shop_csv(shop_row(number) for number in (1, 2, 3)))
    assert (report.verdicts[ImportVerdict.REJECTED], report.stored, report.is_whole) == (1, 2, False)
    assert set(mirror.rows()) == {ID, ID + 2}
    assert [(finding.line, finding.kind) for finding in mirror.findings] == [(3, "rejected")]
    assert "the database refuses it" in mirror.findings[0].problem
    assert_sound(db.engine)


def raise_integrity_error() -> None:
    """What a constraint of the database raises."""
    from sqlalchemy.exc import IntegrityError

    raise IntegrityError("INSERT", {}, Exception("CHECK constraint failed"))


def test_rows_that_vanish_after_the_commit_are_not_reported_as_stored(mirror: Mirror) -> None:
    path = mirror.file(shop_csv(shop_row(number) for number in (1, 2, 3)))
    from app.services.csv_import_service import CsvImport
    from app.services.csv_intake import ImportRequest

    def vanish(phase: str, _done: int, _total: int) -> None:
        if phase == "checking":
            with db.engine.begin() as connection:
                connection.execute(text(f"DELETE FROM listings WHERE listing_id = {ID}"))

    with CsvImport(ImportRequest(path), progress=vanish) as work:
        report = work.run()
        assert [(finding.line, finding.kind) for finding in work.findings()] == [(2, "lost")]
    assert (report.lost, report.stored, report.is_whole) == (1, 2, False)


Survey = Callable[[datetime, set[int]], None]


def test_a_row_that_a_later_sync_saw_is_not_overwritten(mirror: Mirror, survey: Survey) -> None:
    mirror.put(shop_csv([shop_row(1, comments="as synced")]))
    survey(AFTER, {ID})
    report = mirror.put(shop_csv([shop_row(1, comments="stale")]))
    assert report.verdicts == {ImportVerdict.NEWER: 1}
    assert mirror.rows()[ID].comments == "as synced"
    assert report.is_whole
    assert mirror.findings[0].kind == "newer"


def test_a_file_that_is_later_than_the_last_sync_updates(mirror: Mirror, survey: Survey) -> None:
    mirror.put(shop_csv([shop_row(1, comments="old")]))
    survey(BEFORE, {ID})
    assert mirror.put(shop_csv([shop_row(1, comments="fresh")])).verdicts == {ImportVerdict.UPDATE: 1}
    assert mirror.rows()[ID].comments == "fresh"


def dated(day: int, price: str, *numbers: int) -> str:
    moment = f"2026-03-0{day}T10:00:00+00:00"
    return shop_csv(shop_row(number, export_timestamp=moment, price_value=price) for number in numbers or (1,))


def prices(mirror: Mirror) -> list[int]:
    return [row.price_minor for _, row in sorted(mirror.rows().items())]


def test_an_older_file_does_not_overwrite_what_a_newer_one_told(mirror: Mirror) -> None:
    mirror.clock.advance(days=10)
    mirror.put(dated(3, "30.00"))
    before = mirror.everything()
    report = mirror.put(dated(2, "20.00", 1, 2))
    assert report.verdicts == {ImportVerdict.NEWER: 1, ImportVerdict.ADD: 1}
    assert prices(mirror) == [3000, 2000]
    assert before["listings"] == [row for row in mirror.everything()["listings"] if row[0] == before["listings"][0][0]]
    (finding,) = mirror.findings
    assert finding.problem == "a later file told of it, as of 2026-03-03T10:00:00+00:00"
    mirror.put(dated(4, "40.00", 1))
    assert prices(mirror) == [4000, 2000]


def test_a_newer_file_that_tells_the_same_counts_as_newer(mirror: Mirror) -> None:
    mirror.clock.advance(days=10)
    mirror.put(dated(2, "20.00"))
    version, changes = mirror.version(), mirror.changes()
    mirror.put(dated(4, "20.00"))
    mirror.put(dated(3, "30.00"))
    assert prices(mirror) == [2000]
    assert (mirror.version(), mirror.changes()) == (version, changes)


def test_a_file_from_the_future_does_not_silence_later_files(mirror: Mirror) -> None:
    mirror.put(dated(9, "90.00"))
    mirror.clock.advance(days=3)
    mirror.put(dated(4, "40.00"))
    assert prices(mirror) == [4000]


def test_the_moments_of_files_count_without_moments_in_their_rows(mirror: Mirror) -> None:
    rows = [discogs_row(1, price="30")]
    mirror.put(csv_text(NEW_DISCOGS_COLUMNS, rows), name="the_shop-inventory-20260301-1000.csv", currency="EUR")
    rows = [discogs_row(1, price="20")]
    older = mirror.put(csv_text(NEW_DISCOGS_COLUMNS, rows), name="the_shop-inventory-20260228-1000.csv", currency="EUR")
    assert older.verdicts == {ImportVerdict.NEWER: 1}
    assert prices(mirror) == [3000]


def test_a_tombstone_is_not_revived_by_an_older_file(mirror: Mirror, survey: Survey) -> None:
    mirror.put(shop_csv([shop_row(1)]))
    survey(AFTER, set())
    assert mirror.put(shop_csv([shop_row(1)])).verdicts == {ImportVerdict.TOMBSTONE: 1}
    assert mirror.rows()[ID].removed_reason == "sold"


def test_a_tombstone_is_revived_by_a_later_file(mirror: Mirror, survey: Survey) -> None:
    mirror.put(shop_csv([shop_row(1)]))
    survey(BEFORE, set())
    assert mirror.put(shop_csv([shop_row(1)])).verdicts == {ImportVerdict.RESTORE: 1}
    assert mirror.rows()[ID].removed_at is None


def test_what_a_later_sync_did_not_see_is_not_put_back_for_sale(mirror: Mirror, survey: Survey) -> None:
    mirror.put(shop_csv([shop_row(1)]))
    survey(AFTER, {ID})
    assert mirror.put(shop_csv([shop_row(2)])).verdicts == {ImportVerdict.GONE: 1}
    assert set(mirror.rows()) == {ID}


def test_a_person_may_know_better_of_what_moment_a_file_is(mirror: Mirror, survey: Survey) -> None:
    mirror.put(shop_csv([shop_row(1)]))
    survey(AFTER, {ID})
    later = datetime(2026, 4, 1, tzinfo=UTC)
    assert mirror.put(shop_csv([shop_row(2)]), as_of=later).verdicts == {ImportVerdict.ADD: 1}


def test_the_name_of_a_discogs_export_tells_its_moment(mirror: Mirror, survey: Survey) -> None:
    text_of = csv_text(NEW_DISCOGS_COLUMNS, [discogs_row(1)])
    name = "example_seller-inventory-20260301-0704.csv"
    report = mirror.put(text_of, name=name, currency="EUR")
    assert report.moment == datetime(2026, 3, 1, 15, 4, tzinfo=UTC)
    survey(datetime(2026, 3, 1, 15, 5, tzinfo=UTC), {500_000_001})
    edited = csv_text(NEW_DISCOGS_COLUMNS, [discogs_row(1, comments="stale")])
    assert mirror.put(edited, name=name).verdicts == {ImportVerdict.NEWER: 1}


def test_the_currency_is_the_one_this_seller_is_known_to_use(mirror: Mirror) -> None:
    exported = csv_text(OLD_DISCOGS_COLUMNS, [discogs_row(1)])
    with pytest.raises(CsvRefused) as refused:
        mirror.put(exported)
    assert "--currency" in refused.value.problem
    assert mirror.runs() == []
    mirror.put(shop_csv([shop_row(1, price_currency="SEK")]))
    mirror.put(exported)
    assert mirror.rows()[500_000_001].price_currency == "SEK"


def test_a_public_export_leaves_private_fields_alone(mirror: Mirror) -> None:
    mirror.put(shop_csv([shop_row(1)]))
    public = [name for name in SHOP_COLUMNS if name not in {"external_id", "format_quantity", "location", "weight"}]
    mirror.put(csv_text(public, [shop_row(1, comments="edited")]))
    row = mirror.rows()[ID]
    assert (row.comments, row.location, row.weight) == ("edited", "back room", 230)


def test_a_discogs_export_does_not_cut_off_what_the_mirror_knows_whole(mirror: Mirror) -> None:
    whole = "LP, Album, Reissue, Remastered, Purple + LP, Album, Reissue"
    mirror.put(shop_csv([shop_row(1, listing_id=500_000_001, format_names=whole, release_id=1001)]))
    mirror.put(csv_text(OLD_DISCOGS_COLUMNS, [discogs_row(1, format=whole[:50])]), currency="USD")
    assert mirror.rows()[500_000_001].format == whole
    assert mirror.rows()[500_000_001].image_uri == "https://i.discogs.com/1.jpg"


def test_what_a_discogs_export_cuts_off_of_the_release_is_not_taken_for_the_listings_own(mirror: Mirror) -> None:
    whole = "Vinyl, LP, Album, Limited Edition, Reissue, Remastered, Stereo"
    mirror.put(shop_csv([shop_row(1, listing_id=500_000_001, format_names="", release_id=1001)]))
    with db.engine.begin() as connection:
        connection.execute(ReleaseRow.__table__.update().values(formats=whole))
    mirror.put(csv_text(OLD_DISCOGS_COLUMNS, [discogs_row(1, format=whole[:50])]), currency="USD")
    assert mirror.rows()[500_000_001].format is None


def test_the_badge_counts_what_came_from_files_alone(mirror: Mirror, client: FlaskClient) -> None:
    mirror.put(shop_csv([shop_row(1), shop_row(2)]))
    assert "records: 2, out of date" in client.get("/badge.svg").text


def test_empty_catalogue_columns_take_nothing_away(mirror: Mirror) -> None:
    mirror.put(shop_csv([shop_row(1, format_names="LP, Album")]))
    mirror.put(shop_csv([shop_row(1, format_names="", release_year="0", comments="")]))
    row = mirror.rows()[ID]
    assert (row.format, row.year, row.comments) == ("LP, Album", 1951, None)


def test_the_format_of_the_release_in_a_file_of_ours_is_not_taken_for_that_of_the_listing(mirror: Mirror) -> None:
    mirror.put(shop_csv([shop_row(1, format_names="")]))
    with db.engine.begin() as connection:
        connection.execute(ReleaseRow.__table__.update().values(formats="Vinyl, LP"))
    same = mirror.put(shop_csv([shop_row(1, format_names="Vinyl, LP")]))
    assert (same.verdicts, mirror.rows()[ID].format) == ({ImportVerdict.UNCHANGED: 1}, None)
    mirror.put(shop_csv([shop_row(1, format_names="Vinyl, LP, Album")]))
    assert mirror.rows()[ID].format == "Vinyl, LP, Album"


def test_facts_of_releases_fill_gaps_and_replace_nothing(mirror: Mirror) -> None:
    mirror.put(shop_csv([shop_row(1, genres="Jazz", country="US")]))
    version = mirror.version()
    report = mirror.put(shop_csv([shop_row(1, genres="Rock", styles="Bop")]))
    assert (report.verdicts, report.releases_learnt) == ({ImportVerdict.UNCHANGED: 1}, 1)
    assert mirror.version() > version
    with db.engine.connect() as connection:
        release = connection.execute(select(ReleaseRow.__table__).where(ReleaseRow.release_id == 1001)).one()
    assert (release.genres, release.styles, release.country) == ("Jazz", "Bop", "US")
    assert mirror.put(shop_csv([shop_row(1, genres="Rock", styles="Bop")])).releases_learnt == 0


def test_a_file_with_a_header_alone_is_a_whole_import_of_nothing(mirror: Mirror) -> None:
    report = mirror.put(csv_text(NEW_DISCOGS_COLUMNS, []))
    assert (report.records, report.stored, report.total, report.is_whole) == (0, 0, 0, True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
def test_accents_survive_every_encoding(mirror: Mirror, encoding: str) -> None:
    report = mirror.put(shop_csv([shop_row(1, artist_names="Björk – Début")]).encode(encoding))
    assert mirror.rows()[ID].artist == "Björk – Début"
    assert any("not UTF-8" in notice for notice in report.notices) == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("encoding", "spoilt"),
    [
        ("utf-8-sig", b"BAD\xff\xfeNESS"),
        ("utf-16", b"B\0A\0\x00\xd8D\0"),
        ("utf-16-be", b"\0B\xdc\x00\0D"),
        ("utf-32", b"B\0\0\0\xff\xff\xff\xff"),
    ],
)
def test_bytes_that_are_no_text_reject_their_row_by_line_and_column(
    mirror: Mirror, encoding: str, spoilt: bytes
) -> None:
    genuine = "a sign like \ufffd is text"
    rows = [shop_row(1), shop_row(2, comments="SPOIL", location="SPOIL"), shop_row(3, comments=genuine)]
    bare = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(encoding, encoding)
    report = mirror.put(shop_csv(rows).encode(encoding).replace("SPOIL".encode(bare), spoilt))
    assert set(mirror.rows()) == {ID, ID + 2}
    assert mirror.rows()[ID + 2].comments == genuine
    (finding,) = mirror.findings
    assert (finding.line, finding.kind) == (3, "rejected")
    assert "no text" in finding.problem
    assert finding.problem.endswith(": comments, location")
    assert not report.is_whole


def test_bytes_that_are_no_text_in_the_header_are_refused(mirror: Mirror) -> None:
    content = shop_csv([shop_row(1)]).encode("utf-8-sig").replace(b"comments", b"comm\xffents")
    with pytest.raises(CsvRefused, match="lacks comments") as refused:
        mirror.put(content)
    assert str(refused.value).encode()


def test_nuls_are_left_out_and_counted(mirror: Mirror) -> None:
    rows = [shop_row(number, comments=f"number {number}" + "\0" * (number == 40)) for number in range(1, 42)]
    report = mirror.put(shop_csv([*rows, shop_row(42, artist_names="\0The\0 Band")]))
    assert mirror.rows()[ID + 39].comments == "number 40"
    assert mirror.rows()[ID + 41].artist == "The Band"
    assert "NUL characters, left out: 3" in report.notices


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "archive"),
        (b"\x1f\x8b\x08\x00", "archive"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "no text"),
        (b"listing_id\0\0\0", "no text"),
        (b"release_id,price,media_condition\r\n", "lacks"),
        (b"\xff\xfe", "no header"),
    ],
)
def test_what_is_no_such_file_is_refused_and_nothing_is_written(mirror: Mirror, content: bytes, problem: str) -> None:
    before = mirror.everything()
    with pytest.raises(CsvRefused) as refused:
        mirror.put(content)
    assert problem in refused.value.problem
    assert mirror.everything() == before


def test_while_somebody_writes_the_mirror_an_import_is_refused(mirror: Mirror) -> None:
    lock = wiring().locks.try_hold("mirror")
    assert lock is not None
    with pytest.raises(SyncBusy):
        mirror.put(old_shop_file())
    lock.release()
    assert mirror.put(old_shop_file()).stored == 520


def test_a_queued_run_of_a_living_server_comes_first(mirror: Mirror) -> None:
    run_id = queued_run(mirror)
    lease = wiring().locks.try_hold("scheduler")
    assert lease is not None
    with pytest.raises(SyncBusy) as busy:
        mirror.put(old_shop_file())
    assert busy.value.run_id == run_id
    lease.release()


def test_a_queued_run_of_a_dead_server_does_not_block_imports(mirror: Mirror) -> None:
    queued_run(mirror)
    assert mirror.put(old_shop_file()).stored == 520
    assert [run.outcome for run in mirror.runs()] == ["interrupted", "applied"]


def queued_run(mirror: Mirror) -> int:
    """A sync that waits for somebody to do it."""
    source = Sources(db.engine, mirror.clock).inventory_of(SELLER)
    return RunLedger(db.engine, mirror.clock).queue(source.id, trigger="hourly")


def test_ctrl_c_leaves_everything_as_it_was(mirror: Mirror) -> None:
    from app.services.csv_import_service import CsvImport
    from app.services.csv_intake import ImportRequest

    def interrupt(phase: str, *_: int) -> None:
        if phase == "comparing":
            raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        CsvImport(ImportRequest(mirror.file(old_shop_file())), progress=interrupt) as work,
    ):
        work.run()
    assert mirror.rows() == {}
    assert [run.outcome for run in mirror.runs()] == ["cancelled"]
    assert_nothing_at_work(db.engine)
    assert mirror.put(old_shop_file()).stored == 520


def test_emptying_and_importing_are_one_step(mirror: Mirror) -> None:
    mirror.put(shop_csv(shop_row(number) for number in range(1, 30)))
    version = mirror.version()
    report = mirror.put(shop_csv([shop_row(2), shop_row(77)]), clears_mirror=True)
    assert report.verdicts == {ImportVerdict.ADD: 2}
    assert set(mirror.rows()) == {ID + 1, ID + 76}
    assert len(mirror.runs()) == 1
    assert mirror.version() > version
    assert report.undo is not None
    assert_sound(db.engine)


def test_followers_of_the_changes_learn_that_the_mirror_was_emptied(mirror: Mirror, client: FlaskClient) -> None:
    mirror.put(shop_csv([shop_row(1), shop_row(2), shop_row(3, status="Draft"), shop_row(4)]))
    mirror.put(shop_csv([shop_row(4)]), seller="the other shop")
    shown = {int(listing["listing_id"]) for listing in client.get("/api/data").get_json()}
    since = client.get("/api/changes").get_json()["next"]
    mirror.put(shop_csv([shop_row(2), shop_row(77)]), clears_mirror=True)
    told = client.get(f"/api/changes?since={since}").get_json()["changes"]
    for change in told:
        (shown.add if change["kind"] == "add" else shown.discard)(int(change["listing_id"]))
    assert [(change["kind"], int(change["listing_id"]) - ID + 1) for change in told] == [
        ("remove", 1),
        ("remove", 2),
        ("remove", 4),
        ("add", 2),
        ("add", 77),
    ]
    assert told[0]["fields"] == {"removed_reason": [None, "unknown"]}
    assert shown == {int(listing["listing_id"]) for listing in client.get("/api/data").get_json()}
    assert client.get(f"/api/data/{ID + 1}/history").status_code == 200


def test_a_refused_file_empties_nothing(mirror: Mirror) -> None:
    mirror.put(shop_csv([shop_row(1)]))
    before = mirror.everything()
    with pytest.raises(CsvRefused):
        mirror.put("a,b\r\n", clears_mirror=True)
    assert mirror.everything() == before


def test_a_listing_of_another_seller_is_rejected(mirror: Mirror) -> None:
    mirror.put(shop_csv([shop_row(1)]))
    report = mirror.put(shop_csv([shop_row(1, comments="mine!"), shop_row(2)]), seller="somebody_else")
    assert (report.verdicts[ImportVerdict.REJECTED], report.stored, report.total) == (1, 1, 1)
    assert mirror.rows()[ID].comments == "Light wear"


def test_nobody_is_invented(mirror: Mirror) -> None:
    wiring().settings = wiring().settings.replace(discogs_seller_username=None)
    with pytest.raises(ConfigurationError):
        mirror.put(old_shop_file())
    mirror.put(shop_csv([shop_row(1)]), seller="The_Shop")
    assert mirror.put(shop_csv([shop_row(2)])).seller == "The_Shop"
    with db.engine.connect() as connection:
        assert connection.scalars(select(Account.username)).all() == ["The_Shop"]
        assert connection.scalars(select(Source.is_active)).all() == [True]
