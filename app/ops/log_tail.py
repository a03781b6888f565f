"""The end of the log, for whoever cannot reach the terminal: kept in memory, and of a serving process also in a file
of its own, so that each of several processes can show what all of them told.

What is kept went through the log's formatter: no secret is in it.
"""

from __future__ import annotations

import json
import logging
import os
import socket
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from app.ops.logging import JsonFormatter, disarmed, without_secrets

KEPT = 500
FOLDER = "log_tail"
LARGEST_FILE = 1_000_000
MOST_FILES = 80  # more than one host runs processes
LONGEST_LINE = 4000


@dataclass(frozen=True, slots=True)
class Line:
    """One record: ISO time, level, logger, message on one line, lines of a traceback, and the process that told it."""

    time: str
    level: str
    logger: str
    message: str
    traceback: list[str]
    run: int | None
    request: str | None
    process: str


class TailHandler(logging.Handler):
    """Keeps the last records; nothing that goes wrong with the file keeps anybody from logging."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self._lines: deque[str] = deque(maxlen=KEPT)
        self._path: Path | None = None
        self._file: TextIO | None = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:
            self.handleError(record)
            return
        self._lines.append(line)
        if self._file is not None:
            self._write(line)

    def keep_in(self, folder: Path) -> None:
        """Keep the lines in a file of this process, too, and forget those of processes that ended long ago."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _forget_old(folder)
            self._path = folder / f"{this_process()}.jsonl"
            if self._path.exists():  # in a container the next process has the same name, and its end is worth a look
                self._path.replace(folder / f"{this_process()}-before.jsonl")
            self._begin(self._path)
        except OSError:
            self._file = None  # a folder that cannot be written: memory has to do

    def lines(self) -> list[str]:
        """What this process told, the oldest first."""
        self.acquire()
        try:
            return list(self._lines)
        finally:
            self.release()

    @property
    def path(self) -> Path | None:
        """The file of this process, if it has one."""
        return None if self._file is None else self._path

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        super().close()

    def _begin(self, path: Path) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(handle, "w", encoding="utf-8", errors="replace")
        for line in self._lines:
            self._file.write(f"{line}\n")
        self._file.flush()

    def _write(self, line: str) -> None:
        assert self._file is not None  # noqa: S101 (of the caller)
        try:
            self._file.write(f"{line}\n")
            self._file.flush()
            if self._file.tell() > LARGEST_FILE and self._path is not None:
                self._file.close()
                self._begin(self._path)
        except (OSError, ValueError):
            self._file = None  # a full disk: memory has to do


_handler = TailHandler()


def keep_tail() -> None:
    """Keep the end of the log of this process. May be called again."""
    root = logging.getLogger()
    if _handler not in root.handlers:
        root.addHandler(_handler)


def share_tail(instance_path: Path) -> None:
    """Let the other processes of this instance read it, too. For a process that serves."""
    _handler.keep_in(instance_path / FOLDER)


def this_process() -> str:
    """How lines name the process that told them."""
    return f"{socket.gethostname()}-{os.getpid()}"


def tail(instance_path: Path, most: int = KEPT, *, levels: Collection[str] | None = None) -> list[Line]:
    """The last lines of all processes of this instance, of these levels where some are named, the newest first."""
    found = [_read(text, this_process()) for text in reversed(_handler.lines())]
    for path in sorted((instance_path / FOLDER).glob("*.jsonl")):
        if path != _handler.path:
            found += [_read(text, path.stem) for text in reversed(_last_lines(path))]
    known = [line for line in found if line is not None and (levels is None or line.level in levels)]
    # Of the same millisecond what was told later comes first, as it stands here already.
    return sorted(known, key=lambda line: line.time, reverse=True)[:most]


def _read(text: str, process: str) -> Line | None:
    """One kept line; None for one that is cut or damaged."""
    try:
        told: dict[str, Any] = json.loads(text)
        return Line(
            time=str(told["time"]),
            level=str(told["level"]),
            logger=str(told["logger"]),
            message=_harmless(told["message"]),
            traceback=[_harmless(line) for line in str(told.get("exception", "")).splitlines()],
            run=told.get("run"),
            request=None if "request" not in told else _harmless(told["request"]),
            process=process,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _harmless(text: object) -> str:
    """Also without what became known as a secret after the line was told."""
    return disarmed(without_secrets(str(text)))[:LONGEST_LINE]


def _last_lines(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            return list(deque(stream, maxlen=KEPT))
    except OSError:
        return []  # it went meanwhile


def _forget_old(folder: Path) -> None:
    """Leave the files of the processes that told something last."""
    paths = sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in paths[MOST_FILES - 1 :]:
        path.unlink(missing_ok=True)
