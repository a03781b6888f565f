"""What a copy was to the last byte: its SHA-256 in a file beside it, as `sha256sum` writes and checks it."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path

from app.errors import BackupRefused

ENDING = ".sha256"
LINE = re.compile(rb"\\?([0-9a-fA-F]{64})(?: [ *][^\n]*)?\n?")
LONGEST_LINE = 8192
ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r"})


def digest_file_of(copy: Path) -> Path:
    """Where the digest of a copy lies, if it has one."""
    return copy.with_name(copy.name + ENDING)


def sha256_of(path: Path) -> str:
    """Of the whole file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def write_digest(copy: Path, digest: str) -> None:
    """Lay the digest of a copy beside it, whole or not at all, for nobody else to read. Raises OSError."""
    place, name = digest_file_of(copy), copy.name.translate(ESCAPED)
    line = f"{digest}  {name}\n" if name == copy.name else f"\\{digest}  {name}\n"
    draft = place.with_name(f"{place.name}.part")
    try:
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(os.fsencode(line))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def discard(copy: Path) -> None:
    """Delete a copy and then its digest: what is left without a copy means nothing."""
    copy.unlink(missing_ok=True)
    digest_file_of(copy).unlink(missing_ok=True)


def has_digest(copy: Path) -> bool:
    """Whether there is anything to compare a copy with: older releases made none."""
    return _digest_file(copy) is not None


def compare(copy: Path) -> None:
    """Raise BackupRefused for a copy that is not, to the last byte, what it was when it was made."""
    place = _digest_file(copy)
    if place is None:
        return
    try:
        with place.open("rb") as file:
            told = LINE.fullmatch(file.read(LONGEST_LINE))
        found = sha256_of(copy)
    except OSError as error:
        raise BackupRefused(copy.name, f"it cannot be compared with {place.name} ({error.strerror})") from error
    if told is None:
        raise BackupRefused(
            copy.name, f"{place.name}, which it is compared with, does not hold the SHA-256 of one file"
        )
    if found != told[1].decode().lower():
        problem = f"it is not as it was when it was made (its SHA-256 is not that in {place.name}): take another copy"
        raise BackupRefused(copy.name, problem)


def _digest_file(copy: Path) -> Path | None:
    """Beside the copy, or beside what a link to it leads to."""
    places = (digest_file_of(copy), digest_file_of(copy.resolve()))
    return next((place for place in places if place.exists()), None)
