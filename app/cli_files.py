"""Files that commands write: whole or not there, and never in place of a device or of a link to somewhere else."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import click

SHARED, OWN = 0o666, 0o600  # SHARED is narrowed by the umask


def write_file(file: Path, pieces: Iterable[bytes], *, mode: int = SHARED) -> None:
    """Write the pieces into `file`, which is as it was when that fails.

    A link is followed, what is no regular file (a device, a pipe) is written to. A file that others may not read stays
    closed to them. Raises ClickException.
    """
    try:
        there = _status(file)
        if there is None or stat.S_ISREG(there.st_mode):
            allowed = mode if there is None else mode & stat.S_IMODE(there.st_mode)
            _put_in_place(Path(os.path.realpath(file)), pieces, allowed)
        else:
            with file.open("wb") as stream:
                stream.writelines(pieces)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error


def _status(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except FileNotFoundError:
        return None


def _put_in_place(file: Path, pieces: Iterable[bytes], mode: int) -> None:
    draft = file.with_name(f".{secrets.token_hex(8)}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(pieces)
        draft.replace(file)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
