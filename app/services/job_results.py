"""The files that jobs make: for their owner alone, whole or not there."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from app.errors import ResultUnwritable

FOLDER = "results"
UNFINISHED = "part"
WHOLE = "result"


class ResultFile:
    """A result while it is written. What the system refuses becomes ResultUnwritable."""

    def __init__(self, path: Path, at: int) -> None:
        self._path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._file: BinaryIO = os.fdopen(os.open(path, flags, 0o600), "r+b")
            self._file.truncate(at)
            self._file.seek(at)
        except OSError as error:
            raise _unwritable(error) from error
        self.length = at

    def write(self, piece: bytes) -> None:
        """Add bytes. Raises ResultUnwritable."""
        try:
            self._file.write(piece)
        except OSError as error:
            raise _unwritable(error) from error
        self.length += len(piece)

    def sync(self) -> None:
        """Have all bytes so far on the disk. Raises ResultUnwritable."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _unwritable(error) from error

    def publish(self, path: Path) -> None:
        """Close the file and give it the name of a whole one. Raises ResultUnwritable."""
        try:
            self.sync()
        except ResultUnwritable:
            self.close()
            raise
        try:
            self._file.close()
            os.replace(self._path, path)
        except OSError as error:
            raise _unwritable(error) from error

    def close(self) -> None:
        """Leave the file as it is; what the disk did not take is given up."""
        with suppress(OSError):
            self._file.close()


class JobResults:
    """The folder of results."""

    def __init__(self, instance_path: Path) -> None:
        self._folder = instance_path / FOLDER

    def whole(self, job_id: str) -> Path:
        """Where the result of a job is that is done."""
        return self._folder / f"{job_id}.{WHOLE}"

    def unfinished(self, job_id: str) -> Path:
        """Where a job writes."""
        return self._folder / f"{job_id}.{UNFINISHED}"

    def has_written(self, job_id: str, length: int) -> bool:
        """Whether what an earlier attempt wrote is still here."""
        try:
            return self.unfinished(job_id).stat().st_size >= length
        except OSError:
            return length == 0

    def discard(self, job_id: str) -> None:
        """Take away whatever a job wrote."""
        for path in (self.unfinished(job_id), self.whole(job_id)):
            with suppress(OSError):
                path.unlink()

    def discard_others(self, kept: Collection[str], before: float) -> int:
        """Take away the files of all other jobs that were last written before this moment (Unix time); how many."""
        gone = 0
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if path.suffix not in {f".{UNFINISHED}", f".{WHOLE}"} or path.stem in kept:
                continue
            with suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    gone += 1
        return gone


def _unwritable(error: OSError) -> ResultUnwritable:
    return ResultUnwritable(error.strerror or type(error).__name__)
