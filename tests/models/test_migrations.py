"""An upgrade is all or nothing, can be run again, and keeps a copy of what was there."""

from __future__ import annotations

import logging
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, delete, insert, inspect, select, update
from sqlalchemy.exc import IntegrityError

from app.errors import StorageError
from app.extensions import db
from app.formats.packed_json import pack
from app.models import Base, Change, CopyRow, MirrorState, ReleaseBody, ReleaseRow, Run, Source
from app.ops.backup import back_up
from config import Settings
from tests.builders import DAY, MirrorBuilder
from tests.conftest import ROOT, bring_to_head
from tests.crash.harness import Recoveries, in_app, killed_at_statement
from tests.shelf_builder import ShelfBuilder


def to_head() -> None:
    upgrade(directory=str(ROOT / "migrations"))


def tables(path: Path) -> set[str]:
    engine = create_engine(f"sqlite:///{path}")
    try:
        return {name for name in inspect(engine).get_table_names() if not name.startswith("fts_")}
    finally:
        engine.dispose()


def test_an_upgrade_killed_at_any_statement_can_be_run_again(base_settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    settings = base_settings.replace(database_url=f"sqlite:///{path}", log_level="ERROR")
    wanted = {*Base.metadata.tables, "alembic_version"}
    points, recoveries = 0, Recoveries()
    for at in count(1):
        for leftover in tmp_path.glob("new.db*"):
            leftover.unlink() if leftover.is_file() else None
        if not killed_at_statement(settings, to_head, at):
            break
        points += 1
        left = tables(path)
        assert left in (set(), wanted), f"half a schema after a kill at statement {at}"
        if recoveries.is_due(left):
            in_app(settings, lambda _app: to_head())
            assert tables(path) == wanted
    assert points > 20
    assert tables(path) == wanted


def test_up_down_and_up_again_gives_the_same_schema(base_settings: Settings, database_url: str) -> None:
    settings = base_settings.replace(database_url=database_url, log_level="ERROR")

    def there_and_back(_app: object) -> tuple[set[str], set[str], set[str]]:
        found = []
        for step in (to_head, lambda: downgrade(directory=str(ROOT / "migrations"), revision="base"), to_head):
            step()
            found.append(set(inspect(db.engine).get_table_names()))
        return found[0], found[1], found[2]

    up, down, again = in_app(settings, there_and_back)
    assert up == again
    assert down <= {"alembic_version", *(name for name in up if name.startswith("queue_"))}


def test_the_models_and_the_migrations_tell_the_same(base_settings: Settings, database_url: str) -> None:
    settings = base_settings.replace(database_url=database_url, log_level="ERROR")

    def columns(_app: object) -> dict[str, set[str]]:
        found = inspect(db.engine)
        return {name: {column["name"] for column in found.get_columns(name)} for name in Base.metadata.tables}

    expected = {name: {column.name for column in table.columns} for name, table in Base.metadata.tables.items()}
    assert in_app(settings, columns) == expected


def test_rows_survive_a_migration_that_rebuilds_their_table(base_settings: Settings, database_url: str) -> None:
    """Also what refers to them, the indexes, and every rule but the one that is changed."""
    settings = base_settings.replace(database_url=database_url, log_level="ERROR")

    def fill(_app: object) -> int:
        mirror = MirrorBuilder(db.engine)
        mirror.change(mirror.listing(), "add", public_kind="add")
        mirror.hold(mirror.run_id, 5)
        return mirror.run_id

    def to_the_old_schema(_app: object) -> None:
        downgrade(directory=str(ROOT / "migrations"), revision="0002")

    def contents(_app: object) -> tuple[object, ...]:
        found = inspect(db.engine)
        indexes = sorted((index["name"], index["unique"]) for index in found.get_indexes("runs"))
        checks = sorted((check["name"], check["sqltext"]) for check in found.get_check_constraints("runs"))
        with db.engine.connect() as connection:
            runs = [row[:10] for row in connection.execute(select(Run.__table__))]
            changes = connection.execute(select(Change.run_id, Change.item_id)).all()
            sources = connection.execute(select(Source.__table__)).all()
        return indexes, checks, runs, changes, sources

    def refuse(_app: object) -> None:
        mirror_source = in_first_row(select(Run.source_id))
        row = {"source_id": mirror_source, "trigger": "t", "is_forced": False, "queued_at": DAY}
        for wrong in ({"kind": "nonsense", "state": "finished"}, {"kind": "sync", "state": "nonsense"}):
            with pytest.raises(IntegrityError), db.engine.begin() as connection:
                connection.execute(insert(Run).values(row | wrong))
        with pytest.raises(IntegrityError), db.engine.begin() as connection:
            connection.execute(delete(Run))  # a change refers to it

    in_app(settings, lambda _app: to_head())
    in_app(settings, fill)
    before = in_app(settings, contents)
    in_app(settings, to_the_old_schema)
    in_app(settings, lambda _app: to_head())
    assert in_app(settings, contents) == before
    in_app(settings, refuse)


def test_formats_that_copies_and_bodies_told_before_are_known_at_once(
    base_settings: Settings, database_url: str
) -> None:
    settings = base_settings.replace(database_url=database_url, log_level="ERROR")
    cut = "Vinyl, LP, Album, Limited Edition, Reissue, Remas."[:50]

    def fill(_app: object) -> None:
        downgrade(directory=str(ROOT / "migrations"), revision="0021")
        mirror = MirrorBuilder(db.engine)
        shelf = ShelfBuilder(mirror)
        mirror.listing(release_id=1)
        for number, told in ((1, "CD"), (2, "LP"), (3, cut), (4, cut), (6, None)):
            shelf.copy(release_id=number, format=told)
        with db.engine.begin() as connection:
            connection.execute(update(CopyRow).where(CopyRow.release_id == 3).values(told_at=DAY))
        mirror.body(
            1, {"formats": [{"name": "Vinyl", "qty": "2", "descriptions": ["LP", "\x00Album "]}, {"name": "CD"}]}
        )
        mirror.body(2, {"title": "no formats"})
        mirror.body(5, {"formats": [{"name": "Flexi-disc", "qty": 1, "text": "\ud800"}]})
        mirror.body(
            9, {"formats": [{"name": "CD", "descriptions": "Album", "text": ["a"], "qty": True}, {"name": True}]}
        )
        for number, body in ((7, b"damaged"), (8, pack({"formats": 7}))):
            values = {"release_id": number, "status": "known", "tried_at": DAY, "fetched_at": DAY, "body": body}
            with db.engine.begin() as connection:
                connection.execute(insert(ReleaseBody).values(values))
        with db.engine.begin() as connection:
            connection.execute(update(MirrorState).values(shop_digest="of the same form", shop_total=1))

    def known(_app: object) -> tuple[dict[int, str | None], MirrorState]:
        with db.engine.connect() as connection:
            formats = connection.execute(select(ReleaseRow.release_id, ReleaseRow.formats)).all()
            state: Any = connection.execute(select(MirrorState.__table__)).one()
            return {number: told for number, told in formats if told}, state

    in_app(settings, lambda _app: to_head())
    in_app(settings, fill)
    in_app(settings, lambda _app: to_head())
    formats, state = in_app(settings, known)
    assert formats == {1: "2xVinyl, LP, Album + CD", 2: "LP", 4: cut, 5: "Flexi-disc, \ufffd", 9: "CD"}
    assert state.version > 0
    assert (state.shop_digest, state.shop_total) == (None, None), "an index without these formats"


def in_first_row(query: Any) -> Any:
    with db.engine.connect() as connection:
        return connection.scalar(query.limit(1))


def test_as_many_copies_are_kept_as_are_wanted(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    copies = [back_up(engine, keep=5) for _ in range(7)]
    engine.dispose()
    assert [copy for copy in copies if copy.exists()] == copies[-5:]


def test_a_new_copy_is_kept_whatever_lies_beside_it(sqlite_url: str) -> None:
    """Copies of a database whose name begins alike, and copies that a wrong clock dated into the future."""
    engine = create_engine(sqlite_url)
    first = back_up(engine)
    stem = first.name.rsplit("-", 1)[0]
    others = [first.with_name(f"{stem}-test-2026010{day}T000000.000000Z.db") for day in range(1, 8)]
    later = [first.with_name(f"{stem}-2999010{day}T000000.000000Z.db") for day in range(1, 8)]
    for each in [*others, *later]:
        each.touch()
    second = back_up(engine, keep=5)
    engine.dispose()
    assert second.exists()
    assert all(each.exists() for each in others)
    assert not first.exists()
    assert sorted(first.parent.glob(f"{stem}-2*.db")) == [second, *later[-4:]]


def test_copies_of_a_database_with_signs_of_a_pattern_in_its_name_are_counted(tmp_path: Path, sqlite_url: str) -> None:
    path = tmp_path / "shop[1].db"
    path.write_bytes(Path(sqlite_url.removeprefix("sqlite:///")).read_bytes())
    engine = create_engine(f"sqlite:///{path}")
    copies = [back_up(engine, keep=5) for _ in range(7)]
    engine.dispose()
    assert [copy for copy in copies if copy.exists()] == copies[-5:]


def test_the_first_upgrade_says_so_and_the_next_one_does_not(
    base_settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = base_settings.replace(database_url=f"sqlite:///{tmp_path}/new.db")
    with caplog.at_level(logging.INFO):
        bring_to_head(settings)
        assert "Database tables created" in caplog.messages
        caplog.clear()
        bring_to_head(settings)
    assert "Database tables created" not in caplog.messages


def test_what_is_not_there_cannot_be_copied(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'absent.db'}")
    with pytest.raises(StorageError):
        back_up(engine)
    engine.dispose()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
