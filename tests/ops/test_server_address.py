"""What the start script is told: assignments that a shell reads back, or every problem and nothing else."""

from __future__ import annotations

import os
import subprocess
from functools import partial
from pathlib import Path

import pytest

import config
from app.ops.server_address import main

READ_BACK = 'eval "$1"; printf "%s\\n" "$WAXMIRROR_BIND" "$WAXMIRROR_WORKERS"'


@pytest.fixture(autouse=True)
def dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A `.env` of this test alone; nothing set around the tests counts, and nothing read from it stays."""
    for name in (*config.variables(), *(f"{name}_FILE" for name in config.secret_variables())):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(config, "load_dotenv_file", partial(config.load_dotenv_file, tmp_path / ".env"))
    return tmp_path / ".env"


def read_by_a_shell(assignments: str) -> list[str]:
    run = subprocess.run(["/bin/sh", "-euc", READ_BACK, "sh", assignments], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, ["127.0.0.1:5000", "2"]),
        ({"HOST": "0.0.0.0", "PORT": "8080", "WEB_CONCURRENCY": "4"}, ["0.0.0.0:8080", "4"]),
        ({"HOST": "localhost"}, ["localhost:5000", "2"]),
        ({"SERVER_ROLE": "web", "WEB_CONCURRENCY": "4"}, ["127.0.0.1:5000", "4"]),
        ({"SERVER_ROLE": "worker", "WEB_CONCURRENCY": "4"}, ["127.0.0.1:5000", "1"]),
        ({"HOST": "::"}, ["[::]:5000", "2"]),
        ({"HOST": "fe80::1%eth0"}, ["[fe80::1%eth0]:5000", "2"]),
    ],
)
def test_a_shell_reads_the_address_and_the_workers(
    environ: dict[str, str], told: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert main() == 0
    assert read_by_a_shell(capsys.readouterr().out) == told


def test_the_dotenv_file_counts_and_the_environment_wins(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dotenv.write_text("PORT=8081\nHOST=0.0.0.0\n")
    monkeypatch.setenv("HOST", "127.0.0.2")
    assert main() == 0
    assert read_by_a_shell(capsys.readouterr().out)[0] == "127.0.0.2:8081"


def test_every_problem_goes_to_standard_error_and_nothing_to_the_shell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"PORT": "0", "WEB_CONCURRENCY": "many", "ADMIN_TOKEN": "CANARY with spaces"}.items():
        monkeypatch.setenv(name, value)
    assert main() == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert sorted(line.split()[1] for line in shown.err.splitlines()) == ["ADMIN_TOKEN", "PORT", "WEB_CONCURRENCY"]
    assert all(line.startswith("configuration: ") for line in shown.err.splitlines())
    assert "CANARY" not in shown.err


@pytest.mark.parametrize("host", ["$(touch harm)", "a;reboot", "a b", "`id`", "'", "a\nb"])
def test_a_host_cannot_speak_to_the_shell(
    host: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOST", host)
    assert main() == 2
    assert capsys.readouterr().out == ""


def test_a_dotenv_file_that_is_no_text_is_a_problem(dotenv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dotenv.write_bytes(b"PORT=\xff\xfe\n")
    assert main() == 2
    assert str(dotenv) in capsys.readouterr().err
    assert "PORT" not in os.environ
