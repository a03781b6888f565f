"""Copies of the mirror that are laid into another place, such as another disk, each with its digest."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

from app.ops.digests import digest_file_of, sha256_of, write_digest


def copy_to(copy: Path, to: Path) -> Path:
    """Lay a copy into the folder or file `to`, whole or not at all; where it is. Raises OSError."""
    wanted = to / copy.name if to.is_dir() else to
    place = wanted.resolve()
    if place.exists() and not place.is_file():  # a device or a pipe: nothing can lie beside what goes in there
        with copy.open("rb") as source, place.open("wb") as sink:
            shutil.copyfileobj(source, sink)
        return wanted
    draft = place.with_name(f"{place.name}.part")
    try:
        digest = _copied(copy, draft)
        digest_file_of(place).unlink(missing_ok=True)  # who is stopped here leaves none that is of another copy
        draft.replace(place)
        write_digest(place, digest)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return wanted


def _copied(copy: Path, draft: Path) -> str:
    """Fill a draft and read it again; its digest."""
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600, exist_ok=False)
    shutil.copy2(copy, draft)
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    digest = sha256_of(draft)
    if digest != sha256_of(copy):
        raise OSError(errno.EIO, "what is read there is not what was written")
    return digest
