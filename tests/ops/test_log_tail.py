"""The end of the log: of every process, without secrets, and no trouble for whoever logs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.ops import log_tail
from app.ops.log_tail import FOLDER, KEPT, LARGEST_FILE, TailHandler, tail, this_process
from app.ops.logging import redact


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[TailHandler]:
    made = TailHandler()
    monkeypatch.setattr(log_tail, "_handler", made)
    yield made
    made.close()


@pytest.fixture
def logger(handler: TailHandler) -> Iterator[logging.Logger]:
    """A logger that tells this handler and nobody else."""
    logger = logging.getLogger("tests.log_tail")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)
    logger.propagate = True


def test_the_last_lines_are_kept_the_newest_first(logger: logging.Logger, tmp_path: Path) -> None:
    for number in range(KEPT + 5):
        logger.info("line %d", number)
    lines = tail(tmp_path)
    assert (len(lines), lines[0].message, lines[-1].message) == (KEPT, f"line {KEPT + 4}", "line 5")
    assert (lines[0].level, lines[0].logger, lines[0].process) == ("INFO", "tests.log_tail", this_process())


def test_what_processes_share_is_in_files_for_their_owner(
    handler: TailHandler, logger: logging.Logger, tmp_path: Path
) -> None:
    logger.info("before it was shared")
    handler.keep_in(tmp_path / FOLDER)
    logger.warning("after")
    (tmp_path / FOLDER / "other-7.jsonl").write_text(
        '{"time":"2099-01-01T00:00:00+00:00","level":"ERROR","logger":"x","message":"of another","run":3}\n'
        '{"time":"2099-01-01T00:00:01+00:00","level":"INFO","logger":"x","mess'
    )
    told = [(line.message, line.process, line.run) for line in tail(tmp_path)]
    assert told[0] == ("of another", "other-7", 3)
    assert [message for message, process, _ in told[1:] if process == this_process()] == [
        "after",
        "before it was shared",
    ]
    path = handler.path
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / FOLDER).stat().st_mode & 0o777 == 0o700


def test_no_secret_and_no_control_character_is_kept(
    handler: TailHandler, logger: logging.Logger, tmp_path: Path
) -> None:
    handler.keep_in(tmp_path / FOLDER)
    redact("CANARY-told-before")
    logger.info("the key %s \x1b[31m\u202e two\nlines", "CANARY-told-before")
    logger.info("CANARY-told-after")
    redact("CANARY-told-after")
    try:
        raise ValueError("CANARY-told-before\x07")
    except ValueError:
        logger.exception("it broke")
    path = handler.path
    assert path is not None
    assert "CANARY-told-before" not in path.read_text()
    lines = tail(tmp_path)
    assert "CANARY" not in repr(lines)
    assert "\\x1b[31m\\u202e two\\nlines" in lines[2].message
    assert lines[0].traceback[-1] == "ValueError: [hidden]\\x07"


def test_a_file_stays_small_and_old_ones_go(handler: TailHandler, logger: logging.Logger, tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    for number in range(log_tail.MOST_FILES + 20):
        (folder / f"gone-{number}.jsonl").write_text("")
    handler.keep_in(folder)
    assert len(list(folder.glob("*.jsonl"))) == log_tail.MOST_FILES
    for _ in range(LARGEST_FILE // 1000 + 20):
        logger.info("x" * 1000)
    path = handler.path
    assert path is not None
    assert path.stat().st_size < LARGEST_FILE


def test_what_a_process_of_the_same_name_told_last_is_still_there(handler: TailHandler, tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    told = '{"time":"2026-01-01T00:00:00+00:00","level":"ERROR","logger":"x","message":"its last words"}\n'
    (folder / f"{this_process()}.jsonl").write_text(told)
    handler.keep_in(folder)
    assert [(line.message, line.process) for line in tail(tmp_path)] == [("its last words", f"{this_process()}-before")]


def test_a_folder_that_cannot_be_written_keeps_nobody_from_logging(
    handler: TailHandler, logger: logging.Logger, tmp_path: Path
) -> None:
    (tmp_path / FOLDER).write_text("a file where the folder should be")
    handler.keep_in(tmp_path / FOLDER)
    logger.info("still told")
    assert handler.path is None
    assert [line.message for line in tail(tmp_path)] == ["still told"]


def test_what_is_grave_is_found_among_any_number_of_other_lines(
    handler: TailHandler, logger: logging.Logger, tmp_path: Path
) -> None:
    folder = tmp_path / FOLDER
    handler.keep_in(folder)
    logger.error("the disk is full")
    other = "\n".join(
        f'{{"time": "2999-01-01T00:00:00", "level": "INFO", "logger": "x", "message": "{n}"}}' for n in range(KEPT + 5)
    )
    (folder / "other-1.jsonl").write_text(other)
    assert [line.message for line in tail(tmp_path, levels={"ERROR"})] == ["the disk is full"]
