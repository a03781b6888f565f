"""A copy is put back only if it is, to the last byte, what it was when it was made."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.errors import BackupRefused
from app.extensions import db, wiring
from app.ops.backup import backups_of
from app.ops.digests import digest_file_of, write_digest
from app.services import backups
from tests.builders import MirrorBuilder

TEXT = "bought from a collector in Utrecht"
NAMES = ["mirror.db", "with space.db", "back\\slash.db", "new\nline.db", "*star ü.db"]


@pytest.fixture
def engine(app: Flask) -> Engine:
    with app.app_context():
        MirrorBuilder(db.engine).listings(40, comments=TEXT)
        return db.engine


@pytest.fixture
def copy(app: Flask, engine: Engine) -> Path:
    with app.app_context():
        return backups.make()


def comments(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.exec_driver_sql("SELECT comments FROM listings").scalars())


def sha256sum(copy: Path) -> int:
    """What the program says of a copy that lies beside its digest."""
    command = ["sha256sum", "--check", "--strict", "--status", digest_file_of(copy).name]
    return subprocess.run(command, cwd=copy.parent, check=False).returncode


def flip(copy: Path, position: int, bits: int = 0xFF) -> None:
    whole = bytearray(copy.read_bytes())
    whole[position] ^= bits
    copy.write_bytes(whole)


def restore(app: Flask, copy: Path, *options: str, answer: str = "") -> tuple[int, str]:
    with app.app_context():
        done = app.test_cli_runner().invoke(args=["restore", str(copy), *options], input=answer)
    return done.exit_code, done.output


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
def test_a_changed_byte_is_noticed(app: Flask, engine: Engine, copy: Path, share: float) -> None:
    flip(copy, round(share * (copy.stat().st_size - 1)))
    code, told = restore(app, copy, "--yes")
    assert code == 1
    assert f"{copy.name} is not restored: it is not as it was when it was made" in told
    assert f"{copy.name}.sha256" in told


@pytest.mark.parametrize("position", [0, 30, 4096, 9000, 40_000])
def test_a_changed_byte_of_a_file_is_noticed(sqlite_copy: tuple[Flask, Path], position: int) -> None:
    app, copy = sqlite_copy
    flip(copy, position)
    assert restore(app, copy, "--yes")[0] == 1


def test_a_changed_bit_within_a_text_is_noticed(sqlite_copy: tuple[Flask, Path]) -> None:
    """The file is sound all the same: nothing but its digest tells."""
    app, copy = sqlite_copy
    flip(copy, copy.read_bytes().index(TEXT.encode()), bits=1)
    assert restore(app, copy, "--yes")[0] == 1
    with app.app_context():
        assert comments(db.engine) == {TEXT}
        digest_file_of(copy).unlink()
        backups.check(copy)


@pytest.fixture
def sqlite_copy(app: Flask, database_url: str, copy: Path) -> tuple[Flask, Path]:
    if not database_url.startswith("sqlite"):
        pytest.skip("a dump is packed: none of its bytes is text")
    return app, copy


def test_a_copy_of_an_older_version_is_put_back_after_a_word(app: Flask, engine: Engine, copy: Path) -> None:
    assert "compared" not in restore(app, copy, answer="n\n")[1]
    digest_file_of(copy).unlink()
    word = f"{copy.name} could be opened and read, but not compared with what it was when it was made"
    code, told = restore(app, copy, answer="n\n")
    assert (code, told.index(word) < told.index("Replace everything")) == (1, True)
    code, told = restore(app, copy, "--yes")
    assert (code, word in told) == (0, True)


@pytest.mark.parametrize("spoiled", [b"", b"no digest\n", b"\xff" * 9000, b"%s  a\n%s  b\n" % (b"0" * 64, b"1" * 64)])
def test_what_is_no_digest_is_told(app: Flask, copy: Path, spoiled: bytes) -> None:
    digest_file_of(copy).write_bytes(spoiled)
    with app.app_context(), pytest.raises(BackupRefused, match=r"\.sha256, .* does not hold the SHA-256 of one file"):
        backups.check(copy)


def test_sha256sum_agrees(copy: Path) -> None:
    assert digest_file_of(copy).stat().st_mode & 0o777 == 0o600
    assert sha256sum(copy) == 0
    flip(copy, copy.stat().st_size // 2)
    assert sha256sum(copy) == 1


@pytest.mark.parametrize("name", NAMES)
def test_sha256sum_reads_every_name(tmp_path: Path, name: str) -> None:
    copy = tmp_path / name
    copy.write_bytes(b"a copy")
    theirs = subprocess.run(["sha256sum", "--", name], cwd=tmp_path, capture_output=True, check=True).stdout
    write_digest(copy, theirs.lstrip(b"\\")[:64].decode())
    assert digest_file_of(copy).read_bytes() == theirs
    assert sha256sum(copy) == 0


def test_what_sha256sum_wrote_itself_is_understood(app: Flask, copy: Path) -> None:
    moved = copy.with_name("moved by hand.dump")
    copy.rename(moved)
    digest_file_of(copy).unlink()
    with digest_file_of(moved).open("wb") as file:
        subprocess.run(["sha256sum", "--binary", moved.name], cwd=moved.parent, stdout=file, check=True)
    with app.app_context():
        assert backups.has_digest(moved)
        backups.check(moved)
        flip(moved, moved.stat().st_size // 2)
        with pytest.raises(BackupRefused):
            backups.check(moved)


def test_a_copy_and_its_digest_are_listed_and_go_together(app: Flask, engine: Engine) -> None:
    with app.app_context():
        settings = wiring().settings = wiring().settings.replace(backup_keep=2)
        made = [backups.make() for _ in range(4)]
        assert backups_of(engine.url, settings.instance_path) == made[2:]
    wanted = {file for copy in made[2:] for file in (copy, digest_file_of(copy))}
    assert {*made[0].parent.iterdir()} == wanted


def test_what_a_killed_backup_left_goes_in_a_day(app: Flask, copy: Path) -> None:
    """And nothing that somebody put there."""
    folder, gone = copy.parent, copy.with_name(copy.name.replace("-20", "-19"))
    lone, fresh = digest_file_of(gone), digest_file_of(gone.with_name(gone.name.replace("-19", "-18")))
    draft, others = folder / "killed.part", folder / "all of them.sha256"
    for each in (lone, fresh, draft, others):
        each.touch()
    for each in (lone, draft, others, digest_file_of(copy)):
        os.utime(each, (0, 0))
    with app.app_context():
        backups.make()
    assert [each.exists() for each in (lone, draft, fresh, others, digest_file_of(copy))] == [False, False, *[True] * 3]


def into_a_folder(place: Path) -> Path:
    place.mkdir()
    return place


def as_a_file(place: Path) -> Path:
    return place


def over_a_file_and_its_digest(place: Path) -> Path:
    place.write_bytes(b"of last week")
    write_digest(place, "0" * 64)
    return place


def through_a_link(place: Path) -> Path:
    place.with_name("target").write_bytes(b"")
    place.symlink_to(place.with_name("target"))
    return place


@pytest.mark.parametrize("make_place", [into_a_folder, as_a_file, over_a_file_and_its_digest, through_a_link])
def test_a_copy_elsewhere_has_its_digest(
    app: Flask, engine: Engine, tmp_path: Path, make_place: Callable[[Path], Path]
) -> None:
    there = tmp_path / "there"
    there.mkdir()
    with app.app_context():
        copy = backups.make(make_place(there / "weekly"))
        assert copy.parent in {there, there / "weekly"}
        assert backups.has_digest(copy)
        backups.check(copy)
        assert sha256sum(copy.resolve()) == 0
        assert copy.stat().st_mode & 0o777 == 0o600
        assert list(there.rglob("*.part")) == []
        moved = Path(shutil.move(copy.resolve(), tmp_path / "moved"))
        digest_file_of(copy.resolve()).rename(digest_file_of(moved))
        backups.check(moved)


def test_a_device_takes_a_copy_and_stays_as_it_is(app: Flask, engine: Engine) -> None:
    before = Path("/dev/null").stat().st_mode
    with app.app_context():
        assert backups.make(Path("/dev/null")) == Path("/dev/null")
    assert Path("/dev/null").stat().st_mode == before
    assert not digest_file_of(Path("/dev/null")).exists()
