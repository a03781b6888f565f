"""Files made of one state of the shop: written whole or not at all, forgotten with the state."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile

from app.formats.packing import Packer
from app.services.shop_state import ShopState
from config import Settings

FOLDER = "snapshots"
MARK = "shop-"
DRAFT = "draft-"
LONGEST_DRAFT_S = 3600  # who was killed while it wrote leaves one


def shop_file(settings: Settings, state: ShopState, ending: str) -> Path:
    """Where a file of this state is, if somebody made it.

    A version may come again, when a backup is put back or another database named; the moment does not.
    """
    return settings.instance_path / FOLDER / f"{_stem(settings, state)}.{ending}"


def write_together(pieces: Iterable[bytes], files: Mapping[Path, Packer | None]) -> None:
    """Write the pieces to every file, as they are or packed, and put the files in place only when all are whole, the
    first one last. Raises OSError.

    Each piece goes into all files before the next one is asked for, so that one at a time is in memory.
    """
    with ExitStack() as stack:
        written = []
        for path, by in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(NamedTemporaryFile(dir=path.parent, prefix=DRAFT, delete=False))
            stack.callback(_unlink, file.name)
            written.append((path, file, by))
        for piece in pieces:
            for _, file, by in written:
                file.write(piece if by is None else by.compress(piece))
        for _, file, by in written:
            if by is not None:
                file.write(by.flush())
            file.flush()
            os.fsync(file.fileno())  # a name may outlive a power cut that its text does not
        for path, file, _ in reversed(written):
            os.replace(file.name, path)


def forget_others(settings: Settings, state: ShopState, *, now: Callable[[], float] = time.time) -> None:
    """Take the files of other states away, and what was never finished. Who is being sent one keeps it open and gets
    all of it."""
    stem = _stem(settings, state)
    folder = settings.instance_path / FOLDER
    for path in folder.iterdir() if folder.is_dir() else ():
        is_of_another = path.name.startswith((MARK, "data-")) and not path.name.startswith(f"{stem}.")
        if is_of_another or (path.name.startswith((DRAFT, "tmp")) and _age_s(path, now()) > LONGEST_DRAFT_S):
            _unlink(path)


def _stem(settings: Settings, state: ShopState) -> str:
    moment = None if state.changed_at is None else state.changed_at.isoformat()
    about = f"{settings.database_url} {state.version} {moment} {state.digest}"
    return f"{MARK}{state.version}-{blake2b(about.encode(), digest_size=12).hexdigest()}"


def _age_s(path: Path, now: float) -> float:
    try:
        return now - path.stat().st_mtime
    except OSError:  # gone meanwhile
        return 0.0


def _unlink(path: str | Path) -> None:
    with suppress(OSError):
        os.unlink(path)
