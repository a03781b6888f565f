"""Generated secrets: made once, the same for every process, for their owner alone, never in the log."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from app.errors import ConfigurationError
from app.ops import generated_secrets
from app.ops import logging as log
from app.ops.generated_secrets import complete
from app.ops.logging import without_secrets
from app.ops.sealing import Sealer
from config import Secret, Settings
from tests.conftest import ROOT

NAMES = ("admin_token", "secret_key", "token_keys")
NOBODY = 65_534
posix = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")


@pytest.fixture(autouse=True)
def no_secret_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_known_secrets", set())


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """An instance folder that does not exist yet."""
    return tmp_path / "var" / "instance"


def completed(instance: Path, **known: Secret) -> Settings:
    return complete(Settings(instance_path=instance, **known))


def values_of(settings: Settings) -> dict[str, str]:
    return {name: getattr(settings, name).reveal() for name in NAMES}


def problem_with(instance: Path, **known: Secret) -> str:
    with pytest.raises(ConfigurationError) as raised:
        completed(instance, **known)
    (problem,) = raised.value.problems
    return problem


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def unprivileged() -> Iterator[Path]:
    """A folder, while this process has no rights that file modes do not give it."""
    with tempfile.TemporaryDirectory() as folder:
        is_root = os.geteuid() == 0
        if is_root:
            os.chown(folder, NOBODY, -1)
            os.seteuid(NOBODY)
        try:
            yield Path(folder)
        finally:
            if is_root:
                os.seteuid(0)
            Path(folder).chmod(0o700)


class TestMaking:
    def test_every_missing_secret_is_made(self, instance: Path) -> None:
        values = values_of(completed(instance))
        assert len(set(values.values())) == 3
        assert len(values["admin_token"]) >= 32
        assert len(values["secret_key"]) >= 32
        assert Sealer([values["token_keys"]]).seal("x")

    def test_they_are_the_same_ever_after(self, instance: Path) -> None:
        assert completed(instance) == completed(instance)

    def test_each_installation_has_its_own(self, tmp_path: Path) -> None:
        one, other = (values_of(completed(tmp_path / name)) for name in ("one", "other"))
        assert not set(one.values()) & set(other.values())

    def test_what_was_made_is_read_from_its_file(self, instance: Path) -> None:
        values = values_of(completed(instance))
        assert {path.name: path.read_text() for path in instance.iterdir()} == {
            name: f"{value}\n" for name, value in values.items()
        }

    def test_what_is_configured_is_neither_replaced_nor_written(self, instance: Path) -> None:
        settings = completed(instance, admin_token=Secret("configured-1"))
        assert settings.admin_token == Secret("configured-1")
        assert sorted(path.name for path in instance.iterdir()) == ["secret_key", "token_keys"]

    def test_with_everything_configured_the_folder_is_not_touched(self, instance: Path) -> None:
        known = {name: Secret("configured-secret") for name in NAMES[:2]}
        completed(instance, **known, token_keys=Secret(Fernet.generate_key().decode()))
        assert not instance.parent.exists()

    def test_the_other_settings_stay(self, instance: Path) -> None:
        assert complete(Settings(instance_path=instance, port=8081)).port == 8081

    def test_a_whole_application_keeps_its_secrets(
        self, instance: Path, tmp_path: Path, make_app: Callable[[Settings], Flask]
    ) -> None:
        settings = Settings(testing=True, instance_path=instance, database_url=f"sqlite:///{tmp_path / 'mirror.db'}")
        first, second = (make_app(settings).config["SECRET_KEY"] for _ in range(2))
        assert first
        assert first == second


@posix
class TestModes:
    @pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
    def test_only_the_owner_may_read(self, instance: Path, mask: int) -> None:
        with umask(mask):
            completed(instance)
        assert {path.name: oct(mode(path)) for path in instance.iterdir()} == dict.fromkeys(NAMES, "0o600")
        assert oct(mode(instance)) == "0o700"

    def test_a_file_that_others_could_read_is_closed_and_told(
        self, instance: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        values = values_of(completed(instance))
        (instance / "admin_token").chmod(0o644)
        caplog.clear()
        assert values_of(completed(instance)) == values
        assert oct(mode(instance / "admin_token")) == "0o600"
        (told,) = [each for each in caplog.records if each.levelno == logging.WARNING]
        assert str(instance / "admin_token") in told.getMessage()

    def test_a_file_that_nobody_may_write_stays_so(self, instance: Path) -> None:
        completed(instance)
        (instance / "secret_key").chmod(0o400)
        completed(instance)
        assert oct(mode(instance / "secret_key")) == "0o400"

    def test_a_folder_that_is_there_keeps_its_mode(self, instance: Path) -> None:
        instance.mkdir(parents=True)
        instance.chmod(0o750)
        completed(instance)
        assert oct(mode(instance)) == "0o750"


CONTENDER = """
import sys
from pathlib import Path
from app.ops.generated_secrets import complete
from config import Settings
print("ready", flush=True)
for line in sys.stdin:
    made = complete(Settings(instance_path=Path(line.strip())))
    print(made.admin_token.reveal(), made.secret_key.reveal(), made.token_keys.reveal(), flush=True)
"""


class TestRaces:
    def test_processes_that_start_at_once_get_the_same(self, tmp_path: Path) -> None:
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        contenders = [
            subprocess.Popen(
                [sys.executable, "-c", CONTENDER],
                env=environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(4)
        ]
        try:
            assert {said(each) for each in contenders} == {"ready"}
            for number in range(25):
                folder = tmp_path / f"instance-{number}"
                for each in contenders:
                    each.stdin.write(f"{folder}\n")  # type: ignore[union-attr]
                for each in contenders:
                    each.stdin.flush()  # type: ignore[union-attr]
                (values,) = {said(each) for each in contenders}
                assert values.split() == [(folder / name).read_text().strip() for name in NAMES]
                assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES)
        finally:
            for each in contenders:
                each.communicate(timeout=30)

    def test_who_comes_second_takes_what_the_first_wrote(self, instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The worst moment: another process completes between our look and our writing."""
        rivals: list[Settings] = []
        generate = Fernet.generate_key

        def overtaken() -> bytes:
            with monkeypatch.context() as rival:
                rival.setattr(generated_secrets.Fernet, "generate_key", generate)
                rivals.append(completed(instance))
            return generate()

        monkeypatch.setattr(generated_secrets.Fernet, "generate_key", overtaken)
        assert [completed(instance)] == rivals
        assert sorted(path.name for path in instance.iterdir()) == sorted(NAMES)

    def test_nobody_ever_sees_a_file_without_its_secret(self, instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever looks while the secret is on its way to the disk finds no file, or a whole one."""
        seen: list[list[str]] = []
        fsync = os.fsync

        def looked_at(handle: int) -> None:
            seen.append([name for name in NAMES if (instance / name).exists()])
            fsync(handle)

        monkeypatch.setattr(os, "fsync", looked_at)
        completed(instance)
        assert seen == [[], ["admin_token"], ["admin_token", "secret_key"]]

    def test_a_disk_that_fails_leaves_nothing_behind(self, instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(_handle: int) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as disk:
            disk.setattr(os, "fsync", full)
            assert problem_with(instance).startswith("ADMIN_TOKEN ")
        assert list(instance.iterdir()) == []
        assert values_of(completed(instance))


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


class TestTrouble:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b" \n\t\n",
            b"\xff\xfe\x00\x01CANARY",
            bytes(64),
            b"CANARY\x00CANARY-0123456789",
            b"CANARY-first\nCANARY-second",
            b"CANARY first second third",
            b"CANARY\x1b[2J0123456789",
            b"<put the CANARY here>",
        ],
        ids=["empty", "blank", "binary", "zeros", "zero", "lines", "words", "escape", "placeholder"],
    )
    @pytest.mark.parametrize("name", NAMES)
    def test_a_damaged_file_is_refused_by_name_and_not_shown(self, instance: Path, name: str, content: bytes) -> None:
        completed(instance)
        (instance / name).write_bytes(content)
        problem = problem_with(instance)
        assert problem.startswith(f"{name.upper()} ")
        assert str(instance / name) in problem
        assert "CANARY" not in problem
        assert (instance / name).read_bytes() == content

    def test_an_empty_file_is_called_empty(self, instance: Path) -> None:
        completed(instance)
        (instance / "admin_token").write_text("\n")
        assert "it is empty" in problem_with(instance)

    @pytest.mark.parametrize("name", ["secret_key", "token_keys"])
    def test_a_truncated_file_is_refused(self, instance: Path, name: str) -> None:
        completed(instance)
        os.truncate(instance / name, 10)
        assert problem_with(instance).startswith(f"{name.upper()} ")

    def test_an_editors_byte_order_mark_is_no_part_of_a_secret(self, instance: Path) -> None:
        values = values_of(completed(instance))
        (instance / "admin_token").write_text(f"\ufeff{values['admin_token']}\r\n", encoding="utf-8")
        assert values_of(completed(instance)) == values

    def test_keys_on_lines_of_their_own_are_keys(self, instance: Path) -> None:
        keys = [Fernet.generate_key().decode() for _ in range(2)]
        completed(instance)
        (instance / "token_keys").write_text("\n".join(keys))
        assert completed(instance).fernet_keys() == keys

    def test_a_folder_in_the_place_of_the_file_is_refused_and_left_alone(self, instance: Path) -> None:
        (instance / "admin_token").mkdir(parents=True)
        (instance / "admin_token").chmod(0o755)
        assert problem_with(instance).startswith("ADMIN_TOKEN ")
        assert oct(mode(instance / "admin_token")) == "0o755"

    @posix
    @pytest.mark.parametrize("target", ["nowhere", "secret_key"], ids=["dangling", "loop"])
    def test_a_link_to_nothing_is_refused(self, instance: Path, target: str) -> None:
        instance.mkdir(parents=True)
        (instance / "secret_key").symlink_to(target)
        assert problem_with(instance, admin_token=Secret("configured-1")).startswith("SECRET_KEY ")
        assert not (instance / "nowhere").exists()

    def test_a_file_in_the_place_of_the_folder_is_refused(self, instance: Path) -> None:
        instance.parent.mkdir()
        instance.write_text("no folder")
        assert problem_with(instance).startswith("ADMIN_TOKEN ")
        assert instance.read_text() == "no folder"

    @posix
    def test_a_file_we_may_not_read_is_refused(self) -> None:
        with unprivileged() as folder:
            completed(folder)
            (folder / "secret_key").chmod(0o000)
            problem = problem_with(folder)
        assert problem.startswith("SECRET_KEY ")
        assert "PermissionError" in problem

    @posix
    def test_secrets_that_are_there_need_no_folder_to_write_to(self) -> None:
        with unprivileged() as folder:
            made = completed(folder)
            folder.chmod(0o500)
            assert completed(folder) == made

    @posix
    def test_a_folder_we_may_not_write_is_refused_with_what_to_do(self) -> None:
        with unprivileged() as folder:
            folder.chmod(0o500)
            problem = problem_with(folder)
        assert problem.startswith("ADMIN_TOKEN ")
        assert "set it or make the folder writable" in problem


class TestLog:
    def test_making_and_reading_tell_the_place_and_never_the_value(
        self, instance: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        values = values_of(completed(instance))
        completed(instance)
        told = [each.getMessage() for each in caplog.records if each.name == generated_secrets.__name__]
        assert told == [f"A new {name} was written to {instance / name}" for name in NAMES]
        shown = "".join(f"{each.__dict__!r} {each.getMessage()}" for each in caplog.records)
        assert not [name for name, value in values.items() if value in shown]

    def test_whoever_logs_the_value_afterwards_does_not_show_it(self, instance: Path) -> None:
        for value in values_of(completed(instance)).values():
            assert value not in without_secrets(f"it is {value}")

    def test_each_of_several_kept_keys_is_hidden_alone(self, instance: Path) -> None:
        keys = [Fernet.generate_key().decode() for _ in range(2)]
        completed(instance)
        (instance / "token_keys").write_text(",".join(keys))
        completed(instance)
        assert without_secrets(" ".join(keys)) == f"{log.HIDDEN} {log.HIDDEN}"

    def test_settings_do_not_show_them(self, instance: Path) -> None:
        settings: Any = completed(instance)
        assert not [name for name, value in values_of(settings).items() if value in f"{settings!r}{settings}"]
