"""`migrate_csv_to_db.py` as people run it: in a process of its own, with exit codes and advice."""

from __future__ import annotations

import csv
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.models.locks import FileLocks
from tests.csv_import.files import (
    NEW_DISCOGS_COLUMNS,
    csv_text,
    discogs_row,
    old_shop_file,
    shop_csv,
    shop_row,
)
from tests.forked import run_forked

ROOT = Path(__file__).parent.parent.parent
PROGRAM = ROOT / "migrate_csv_to_db.py"
FLASK = Path(sys.executable).parent / "flask"
pytestmark = pytest.mark.system


class Desk:
    """A working folder with an instance of its own, in which commands are run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "instance" / "waxmirror.db"
        self.environment = {
            "PATH": os.environ["PATH"],
            "WAXMIRROR_INSTANCE": str(folder / "instance"),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "DISCOGS_SELLER_USERNAME": "example_seller",
        }

    def write(self, text: str, name: str = "discogs_seller_listings.csv") -> None:
        (self.folder / name).write_text(text, encoding="utf-8", newline="")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run_forked(PROGRAM, *arguments)

    def run_forked(self, program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run_forked(program, *arguments, folder=self.folder, environment=self.environment)

    def run_anew(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """With an interpreter that knows nothing yet."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def count(self) -> int:
        return len(self.rows())

    def rows(self) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute("SELECT * FROM listings ORDER BY listing_id").fetchall()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_usual_file_is_imported_twice_and_changes_once(desk: Desk) -> None:
    (desk.folder / "ingest").mkdir()
    desk.write(old_shop_file(), "ingest/discogs_seller_listings.csv")
    first = desk.run_anew(str(PROGRAM))
    assert (first.returncode, desk.count()) == (0, 520), first.stderr
    assert "520 records: 520 added" in first.stdout
    assert "520 rows written and read back; 520 listings of example_seller in the mirror" in first.stdout
    before = desk.rows()
    second = desk.run()
    assert second.returncode == 0
    assert "0 added, 0 updated, 0 restored, 520 unchanged" in second.stdout
    assert desk.rows() == before


@pytest.mark.parametrize(
    "command", [(str(PROGRAM),), ("-m", "flask", "--app", str(ROOT / "run.py"), "import-csv")], ids=["script", "flask"]
)
def test_a_dry_run_leaves_no_file(desk: Desk, command: tuple[str, ...]) -> None:
    desk.write(old_shop_file())
    done = desk.run_anew(*command, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "520 to add" in done.stdout
    assert "nothing was written" in done.stdout
    assert [path.name for path in desk.folder.iterdir()] == ["discogs_seller_listings.csv"]


def test_a_report_that_cannot_be_written_ends_it_before_anything_is_stored(desk: Desk) -> None:
    desk.write(shop_csv([shop_row(1)]))
    for place in ("absent/report.csv", "discogs_seller_listings.csv"):
        refused = desk.run("--report", place)
        assert (refused.returncode, desk.database.exists()) == (2, False)
        assert f"--report {place}" in refused.stderr
    assert desk.run().returncode == 0


def test_a_refused_file_leaves_the_last_report_alone(desk: Desk) -> None:
    desk.write("nonsense\n")
    (desk.folder / "report.csv").write_text("the last one")
    assert desk.run("--report", "report.csv").returncode == 1
    assert (desk.folder / "report.csv").read_text() == "the last one"
    desk.write(shop_csv([shop_row(1)]))
    assert desk.run("--report", "report.csv").returncode == 0
    assert (desk.folder / "report.csv").read_text().splitlines() == ["line,listing_id,kind,problem,raw"]
    assert desk.run("--report", "/dev/null").returncode == 0


@pytest.mark.parametrize(
    ("place", "advised"),
    [
        ("sqlite:///{folder}/discogs_seller_listings.csv", "put one of the backups in its place"),
        ("sqlite:///{folder}", "Is a directory"),
        ("sqlite:////proc/no such folder/mirror.db", "let the user who runs Waxmirror write"),
        ("postgresql://somebody:CANARY@127.0.0.1:1/mirror", "look whether the server runs"),
        ("postgresql://127.0.0.1:5432/no_such_database_of_ours", "look whether the server runs"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_sentence_of_advice(desk: Desk, place: str, advised: str) -> None:
    desk.write(shop_csv([shop_row(1)]))
    before = (desk.folder / "discogs_seller_listings.csv").read_bytes()
    desk.environment["DATABASE_URL"] = place.format(folder=desk.folder)
    for program, *arguments in (
        (PROGRAM,),
        (FLASK, "--app", str(ROOT / "run.py"), "db", "upgrade", "--directory", str(ROOT / "migrations")),
        (ROOT / "run.py",),
    ):
        refused = desk.run_forked(program, *arguments)
        assert refused.returncode == 1, refused.stderr
        assert "Traceback" not in refused.stderr
        assert advised in refused.stderr.splitlines()[-1]
        assert "CANARY" not in refused.stderr
    assert (desk.folder / "discogs_seller_listings.csv").read_bytes() == before


def test_a_rejected_row_is_listed_and_fails_the_exit_code(desk: Desk) -> None:
    desk.write(shop_csv([shop_row(1), shop_row(2, status=""), shop_row(3, comments="=cmd()\x1b[2J")]))
    done = desk.run("--report", "report.csv")
    assert done.returncode == 1
    assert "line 3 (listing 3000000002): rejected: status is missing" in done.stdout
    assert desk.count() == 2
    with (desk.folder / "report.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["line"], row["listing_id"], row["problem"]) == ("3", "3000000002", "status is missing")


def test_emptying_needs_a_yes_and_can_be_undone(desk: Desk) -> None:
    desk.write(shop_csv(shop_row(number) for number in range(1, 40)))
    assert desk.run().returncode == 0
    before = desk.rows()
    desk.write(shop_csv([shop_row(99)]))
    refused = desk.run("--clear-db")
    assert (refused.returncode, desk.count()) == (2, 39)
    assert "--yes" in refused.stderr
    done = desk.run("--clear-db", "--yes")
    assert (done.returncode, desk.count()) == (0, 1), done.stderr
    undo = re.search(r"To undo: flask --app run (restore) '(.*)'", done.stdout)
    assert undo is not None
    put_back = desk.run_anew("-m", "flask", "--app", str(ROOT / "run.py"), *undo.groups(), "--yes")
    assert put_back.returncode == 0, put_back.stderr
    assert desk.rows() == before


def test_a_dry_run_of_emptying_empties_nothing(desk: Desk) -> None:
    desk.write(shop_csv([shop_row(1)]))
    desk.run()
    done = desk.run("--clear-db", "--dry-run")
    assert (done.returncode, desk.count()) == (0, 1)
    assert "1 to add" in done.stdout


def test_without_a_seller_it_asks_for_one(desk: Desk) -> None:
    del desk.environment["DISCOGS_SELLER_USERNAME"]
    desk.write(shop_csv([shop_row(1)]))
    refused = desk.run()
    assert refused.returncode == 2
    assert "--seller NAME" in refused.stderr
    assert desk.run("--seller", "The_Shop").returncode == 0
    assert "listings of The_Shop" in desk.run().stdout


@pytest.mark.parametrize("name", ["wax\udcffco", "wax\x7fco", "wax\x1b[31mco", "wax\u202eco", " "], ids=ascii)
def test_who_can_be_nobody_is_refused_by_the_name_of_what_said_so(desk: Desk, name: str) -> None:
    desk.write(shop_csv([shop_row(1)]))
    option = desk.run("--seller", name)
    assert (option.returncode, desk.database.exists()) == (2, False)
    assert "'--seller': that can be nobody's name" in option.stderr
    desk.environment["DISCOGS_SELLER_USERNAME"] = f"a{name}b"
    setting = desk.run()
    assert (setting.returncode, desk.database.exists()) == (2, False)
    assert "DISCOGS_SELLER_USERNAME must be a Discogs user name" in setting.stderr


def test_a_file_with_a_name_that_is_no_text_is_imported_and_told(desk: Desk) -> None:
    name = "my\udcff\x1b[31m\u202eshop.csv"
    (desk.folder / name).write_text(shop_csv([shop_row(1)]), encoding="utf-8", newline="")
    done = desk.run(name)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("my\\udcff\\x1b[31m\\u202eshop.csv: ")
    (desk.folder / name).write_text("nonsense\n")
    assert "my\\udcff\\x1b[31m\\u202eshop.csv: " in desk.run(name).stderr


def test_a_discogs_export_asks_for_its_currency(desk: Desk) -> None:
    desk.write(csv_text(NEW_DISCOGS_COLUMNS, [discogs_row(1)]), "export.csv")
    refused = desk.run("--csv-file", "export.csv")
    assert refused.returncode == 1
    assert "--currency" in refused.stderr
    done = desk.run("--csv-file", "export.csv", "--currency", "eur", "--as-of", "2026-03-01T08:00:00+01:00")
    assert done.returncode == 0
    assert "as of 2026-03-01T07:00:00+00:00" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--csv-file", "absent.csv"],
        ["--as-of", "yesterday"],
        ["--currency", "dollars"],
        ["--no-such-option"],
        [],
    ],
)
def test_wrong_usage_ends_with_2(desk: Desk, arguments: list[str]) -> None:
    done = desk.run(*arguments)
    assert done.returncode == 2
    assert "Error:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_of_another_tool_is_refused_with_what_it_lacks(desk: Desk) -> None:
    desk.write("id,name\r\n1,x\r\n")
    done = desk.run()
    assert done.returncode == 1
    assert "title; found id, name. Nothing was stored." in done.stderr


def test_it_does_not_write_beside_somebody_else(desk: Desk) -> None:
    desk.write(shop_csv([shop_row(1)]))
    desk.run()
    lock = FileLocks(Path(f"{desk.database}.locks")).try_hold("mirror")
    assert lock is not None
    desk.write(shop_csv([shop_row(1), shop_row(2)]))
    done = desk.run()
    lock.release()
    assert (done.returncode, desk.count()) == (1, 1)
    assert "at work" in done.stderr


def test_ctrl_c_ends_it_without_a_traceback(desk: Desk) -> None:
    desk.write(shop_csv(shop_row(number) for number in range(1, 40_000)))
    started = subprocess.Popen(
        [sys.executable, str(PROGRAM)],
        cwd=desk.folder,
        env=desk.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stderr is not None
    said = ""
    while "comparing" not in said:
        line = started.stderr.readline()
        assert line, said
        said += line
    started.send_signal(signal.SIGINT)
    _, rest = started.communicate(timeout=60)
    assert started.returncode == 1
    assert "Traceback" not in said + rest
    assert desk.count() == 0


def test_flask_offers_the_same_command(desk: Desk) -> None:
    desk.write(shop_csv([shop_row(1)]))
    desk.environment["PYTHONPATH"] = str(ROOT)
    done = desk.run_anew("-m", "flask", "--app", "app", "import-csv")
    assert (done.returncode, desk.count()) == (0, 1), done.stderr
