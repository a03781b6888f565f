"""A sync of the collection, end to end against the fake."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from pathlib import Path

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import FieldRow, FolderRow, ReleaseRow
from app.services.sync_control import confirm_run, undo_run
from scripts.fake_discogs import Fault, Request
from tests.collection.conftest import ShelfMirror, change_settings
from tests.invariants import assert_sound

PAGES = "/users/*/collection/folders/0/releases"


@pytest.fixture(autouse=True)
def sound(mirror: ShelfMirror) -> Iterator[None]:
    """Whatever a test does, the books are in order afterwards."""
    yield
    assert_sound(db.engine)


class TestReading:
    def test_every_copy_is_mirrored_with_all_that_is_told(self, mirror: ShelfMirror) -> None:
        done = mirror.sync()
        assert (done["outcome"], done["added"], done["total"]) == ("applied", 230, 230)
        rows = mirror.rows()
        assert rows.keys() == mirror.world.copies.keys()
        for number, copy in mirror.world.copies.items():
            row = rows[number]
            assert (row.release_id, row.folder_id, row.rating or 0) == (copy.release.id, copy.folder_id, copy.rating)
            assert (row.title, row.year or 0) == (copy.release.title, copy.release.year)
            assert orjson.loads(row.notes or "{}") == {str(field): text for field, text in copy.notes}

    def test_requests_are_pages_and_folders_and_fields_and_identity(self, mirror: ShelfMirror) -> None:
        done = mirror.sync()
        pages = [f"/collection/folders/0/releases?page={number}" for number in (1, 3, 2)]
        around = ["/oauth/identity", "/collection/folders", "/collection/fields"]
        assert mirror.asked() == [*around, "/collection/folders", *pages]  # the second look is a stranger's
        assert done["requests"] == ceil(230 / 100) + len(around) + 1

    def test_no_stranger_looks_when_the_settings_say_who_may(self, mirror: ShelfMirror) -> None:
        change_settings(collection_visibility="private")
        assert mirror.sync()["requests"] == ceil(230 / 100) + 3
        assert mirror.source().is_public is None

    def test_folders_and_fields_are_kept(self, mirrored: ShelfMirror) -> None:
        assert folders() == {0: "All", 1: "Uncategorized", 31: "Jazz & more", 32: "Upstairs", 33: "Upstairs"}
        with db.engine.connect() as connection:
            fields = {row.field_id: row for row in connection.execute(select(FieldRow.__table__))}
        assert {number: row.name for number, row in fields.items()} == {
            1: "Media Condition",
            2: "Sleeve Condition",
            3: "Notes",
            4: "Purchased At",
        }
        assert [number for number, row in fields.items() if not row.is_public] == [4]
        assert "Near Mint (NM or M-)" in orjson.loads(fields[1].options)

    def test_an_empty_collection_is_mirrored_as_empty(self, mirror: ShelfMirror) -> None:
        mirror.world.copies.clear()
        assert (mirror.sync()["outcome"], mirror.live()) == ("applied", set())

    def test_several_copies_of_a_release_stay_several(self, mirrored: ShelfMirror) -> None:
        release = next(iter(mirrored.world.copies.values())).release.id
        more = {mirrored.world.add_copy(release) for _ in range(3)}
        assert mirrored.sync()["added"] == 3
        assert more <= mirrored.live()
        mirrored.world.remove_copy(min(more))
        assert mirrored.sync()["removed"] == 1
        assert more & mirrored.live() == more - {min(more)}

    def test_a_copy_that_cannot_be_read_stops_nothing(self, mirror: ShelfMirror) -> None:
        mirror.fake.faults.add(Fault("item", PAGES, page=2, name="basic_missing"))
        done = mirror.sync()
        assert (done["added"], done["rejected"]) == (229, 1)

    def test_a_limited_sync_removes_nothing(self, mirrored: ShelfMirror) -> None:
        done = mirrored.sync(limit=5)
        assert (done["outcome"], done["reason"], len(mirrored.live())) == ("applied_no_removals", "page.limit", 230)


class TestSteadySync:
    def test_nothing_new_is_nothing_written(self, mirrored: ShelfMirror) -> None:
        before = mirrored.rows()
        done = mirrored.sync()
        assert (done["unchanged"], done["added"], done["updated"]) == (230, 0, 0)
        assert mirrored.rows() == before
        assert len(mirrored.changes()) == 230

    def test_a_move_a_rating_and_a_note_are_updates_told_field_by_field(self, mirrored: ShelfMirror) -> None:
        moved, rated, noted = mirrored.world.copy_ids()[:3]
        before = mirrored.rows()
        target = 31 if before[moved].folder_id != 31 else 33
        mirrored.world.move_copy(moved, target)
        mirrored.world.edit_copy(rated, rating=2)
        mirrored.world.edit_copy(noted, notes=[(1, "Mint (M)"), (3, "a gift")])
        done = mirrored.sync()
        assert (done["updated"], done["added"], done["removed"]) == (3, 0, 0)
        told = {number: fields for kind, number, fields in mirrored.changes() if kind == "update"}
        assert told[moved] == {"folder_id": [before[moved].folder_id, target]}
        assert told[rated]["rating"][1] == 2
        assert told[noted]["notes.3"][1] == "a gift"
        assert mirrored.rows()[moved].folder_id == target

    def test_a_renamed_folder_touches_no_copy(self, mirrored: ShelfMirror) -> None:
        mirrored.world.rename_folder(31, "Jazz")
        assert mirrored.sync()["unchanged"] == 230
        assert folders()[31] == "Jazz"

    def test_a_folder_that_is_gone_is_kept_and_marked(self, mirrored: ShelfMirror) -> None:
        mirrored.world.delete_folder(33)
        mirrored.sync()
        assert 33 not in folders()
        assert folders(with_gone=True)[33] == "Upstairs"

    def test_the_walk_starts_at_the_end_where_drift_cannot_hide(self, mirrored: ShelfMirror) -> None:
        mirrored.sync()
        assert mirrored.fake.audit.pages("/releases") == [3, 2, 1]

    def test_visitors_of_the_shop_hear_nothing_of_it(self, mirrored: ShelfMirror, client: FlaskClient) -> None:
        assert len(mirrored.changes()) == 230
        assert client.get("/api/changes?since=0").get_json()["changes"] == []


class TestRemovals:
    def test_discogs_word_makes_a_tombstone_at_once(self, mirrored: ShelfMirror) -> None:
        gone = mirrored.world.copy_ids()[100]
        release = mirrored.world.copies[gone].release.id
        mirrored.world.remove_copy(gone)
        done = mirrored.sync()
        assert (done["removed"], done["missing"]) == (1, 0)
        assert mirrored.rows()[gone].removed_reason == "deleted"
        assert mirrored.asked()[-1] == f"/collection/releases/{release}?page=1"

    def test_at_most_twenty_are_asked_about_and_the_rest_waits_one_run(self, mirrored: ShelfMirror) -> None:
        for number in mirrored.world.copy_ids()[::5]:
            mirrored.world.remove_copy(number)
        first = mirrored.sync()
        assert (first["removed"], first["missing"]) == (20, 26)
        assert first["detail"] == "26 missing copies wait for a second look"
        second = mirrored.sync()
        assert (second["removed"], second["missing"]) == (26, 0)
        assert mirrored.live() == set(mirrored.world.copies)

    def test_a_copy_that_returns_is_restored(self, mirrored: ShelfMirror) -> None:
        number = mirrored.world.copy_ids()[0]
        copy = mirrored.world.copies.pop(number)
        mirrored.sync()
        mirrored.world.copies[number] = copy
        assert mirrored.sync()["restored"] == 1
        assert [kind for kind, key, _ in mirrored.changes() if key == number] == ["add", "remove", "restore"]

    def test_removals_can_be_taken_back(self, mirrored: ShelfMirror) -> None:
        for number in mirrored.world.copy_ids()[:7]:
            mirrored.world.remove_copy(number)
        undo_run(mirrored.sync()["run_id"])
        assert len(mirrored.live()) == 230

    def test_a_collection_that_is_suddenly_empty_is_held_until_a_person_agrees(self, mirrored: ShelfMirror) -> None:
        mirrored.world.copies.clear()
        done = mirrored.sync()
        assert (done["outcome"], done["reason"], len(mirrored.live())) == ("held", "guard.empty", 230)
        confirm_run(done["run_id"])
        assert mirrored.live() == set()

    def test_two_looks_an_interval_apart_agree_without_a_person(self, mirrored: ShelfMirror) -> None:
        mirrored.world.copies.clear()
        assert [mirrored.sync()["outcome"] for _ in range(2)] == ["held", "applied"]
        assert mirrored.live() == set()

    def test_copies_that_leave_while_reading_lose_no_other(self, mirrored: ShelfMirror) -> None:
        def take_one(_number: int, request: Request) -> None:
            if request.path.endswith("/folders/0/releases"):
                mirrored.world.remove_copy(mirrored.world.copy_ids()[3])

        mirrored.fake.before_request(take_one)
        assert mirrored.sync()["outcome"] == "applied_no_removals"
        assert mirrored.live() >= set(mirrored.world.copies)


class TestAddOnly:
    def test_nothing_is_changed_or_removed_and_the_total_never_falls(self, mirrored: ShelfMirror) -> None:
        change_settings(collection_sync_policy="add_only")
        before = mirrored.rows()
        first, second, *_ = mirrored.world.copy_ids()
        mirrored.world.edit_copy(first, rating=1, folder_id=32)
        mirrored.world.remove_copy(second)
        mirrored.world.rename_folder(31, "Jazz")
        new = mirrored.world.add_copy()
        done = mirrored.sync()
        assert (done["outcome"], done["added"], done["updated"], done["removed"]) == ("applied", 1, 0, 0)
        rows = mirrored.rows()
        assert {number: rows[number] for number in before} == before
        assert rows.keys() == before.keys() | {new}
        assert folders()[31] == "Jazz & more"

    def test_an_emptied_collection_keeps_everything(self, mirrored: ShelfMirror) -> None:
        change_settings(collection_sync_policy="add_only")
        mirrored.world.copies.clear()
        assert mirrored.sync()["outcome"] == "applied"
        assert len(mirrored.live()) == 230


class TestWhoMayLook:
    def test_a_public_collection_is_known_as_such(self, mirrored: ShelfMirror) -> None:
        assert mirrored.source().is_public is True

    def test_a_collection_hidden_from_strangers_is_read_by_its_owner_and_known_as_private(
        self, mirror: ShelfMirror
    ) -> None:
        mirror.world.set_private()
        assert mirror.sync()["outcome"] == "applied"
        assert mirror.source().is_public is False
        mirror.world.set_private(False)
        mirror.sync()
        assert mirror.source().is_public is True

    def test_a_run_that_fails_leaves_what_turned_private_private(self, mirrored: ShelfMirror) -> None:
        mirrored.world.set_private()
        mirrored.fake.faults.add(Fault("status", PAGES, status=500))
        assert mirrored.sync()["outcome"] == "failed"
        assert mirrored.source().is_public is False

    def test_a_collection_is_private_while_its_credential_is_refused(self, mirrored: ShelfMirror) -> None:
        mirrored.world.revoke_token()
        assert mirrored.sync()["reason"] == "auth.revoked"
        assert mirrored.source().is_public is False
        assert len(mirrored.live()) == 230

    def test_a_run_that_fails_opens_nothing(self, mirror: ShelfMirror) -> None:
        mirror.world.set_private()
        mirror.sync()
        mirror.world.set_private(False)
        mirror.fake.faults.add(Fault("status", PAGES, status=500))
        assert mirror.sync()["outcome"] == "failed"
        assert mirror.source().is_public is False

    def test_an_unanswered_question_changes_nothing(self, mirrored: ShelfMirror) -> None:
        mirrored.fake.faults.add(Fault("status", "/users/*/collection/folders", hits={2, 3}, status=500))
        assert mirrored.sync()["outcome"] == "applied"
        assert mirrored.source().is_public is True

    def test_private_is_not_empty(self, mirrored: ShelfMirror) -> None:
        change_settings(discogs_token=None)
        mirrored.world.set_private()
        done = mirrored.sync()
        assert (done["outcome"], done["reason"]) == ("failed", "seller.private")
        assert len(mirrored.live()) == 230
        assert mirrored.source().is_public is False

    def test_strangers_eyes_keep_what_they_are_not_told(self, mirrored: ShelfMirror) -> None:
        change_settings(discogs_token=None)
        number = next(key for key, copy in mirrored.world.copies.items() if any(field == 4 for field, _ in copy.notes))
        mirrored.world.note(number, 3, "told to everybody")
        assert mirrored.sync()["updated"] == 1
        notes = orjson.loads(mirrored.rows()[number].notes)
        assert (notes["3"], notes["4"]) == ("told to everybody", dict(mirrored.world.copies[number].notes)[4])

    def test_another_user_of_the_same_name_is_not_mirrored(self, mirrored: ShelfMirror) -> None:
        mirrored.become_known(4_000_000)
        done = mirrored.sync()
        assert (done["outcome"], done["reason"]) == ("failed", "seller.changed")
        assert len(mirrored.live()) == 230

    def test_an_unknown_user_is_named(self, mirror: ShelfMirror) -> None:
        change_settings(discogs_collection_username="nobody_here", discogs_token=None)
        assert mirror.sync()["reason"] == "seller.not_found"


def folders(*, with_gone: bool = False) -> dict[int, str]:
    with db.engine.connect() as connection:
        rows = connection.execute(select(FolderRow.__table__)).all()
    return {row.folder_id: row.name for row in rows if with_gone or row.removed_at is None}


def test_a_shop_that_is_emptied_for_an_import_leaves_the_collection_alone(
    mirrored: ShelfMirror, app: Flask, tmp_path: Path
) -> None:
    mirrored.sync("inventory")
    file = tmp_path / "inventory.csv"
    file.write_bytes(mirrored.world.to_export_csv())
    done = app.test_cli_runner().invoke(args=["import-csv", "--csv-file", str(file), "--clear-db", "--yes"])
    assert done.exit_code == 0, done.output
    assert mirrored.live() == set(mirrored.world.copies)
    assert len([change for change in mirrored.changes() if change[0] == "add"]) == 230 + 12
    with db.engine.connect() as connection:
        releases = set(connection.scalars(select(ReleaseRow.release_id)))
    assert releases >= {copy.release.id for copy in mirrored.world.copies.values()}
    assert mirrored.sync()["unchanged"] == 230
