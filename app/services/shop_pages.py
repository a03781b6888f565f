"""Pages of the shop out of the file of the whole of it: the documents of a page cost no look into the database."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from weakref import finalize

from app.formats.lines import BETWEEN, size_of, starts_of
from app.services.remembered import Remembered
from app.services.shop_files import shop_file
from app.services.shop_snapshot import PLAIN, Snapshot, snapshot_of
from app.services.shop_state import ShopState
from config import Settings

logger = logging.getLogger(__name__)


class ShopPages:
    """The documents of one state, by where they stand in the order of their ranks.

    The file is kept open and read a document at a time; it is never written again. It is not mapped: a mapped page that
    the disk cannot give ends the whole process.
    """

    def __init__(self, snapshot: Snapshot, total: int) -> None:
        """Raises OSError where there are no files, ValueError where they are not those of `total` documents."""
        self.snapshot = snapshot
        self._starts = starts_of(snapshot.lines.read_bytes())
        self._file = os.open(snapshot.plain, os.O_RDONLY | os.O_CLOEXEC)
        finalize(self, os.close, self._file)
        if len(self._starts) != total + 1 or os.fstat(self._file).st_size != size_of(self._starts):
            raise ValueError(f"{snapshot.plain.name} is not the file of {total} documents")
        self._last = total - 1

    def documents(self, positions: Iterable[int]) -> list[bytes]:
        """The documents at these positions; 0 is the oldest, which the file ends with. Raises OSError and ValueError
        when the file became another one."""
        file, starts, last, read = self._file, self._starts, self._last, os.pread
        found = []
        for position in positions:
            line = last - position
            size = starts[line + 1] - BETWEEN - starts[line]
            document = read(file, size, starts[line])
            if len(document) != size or document[:1] != b"{" or document[-1:] != b"}":
                raise ValueError(f"line {line} of the file of the whole shop is no document")
            found.append(document)
        return found


def shop_pages(settings: Settings, state: ShopState, latest: Remembered) -> ShopPages | None:
    """The pages of this state; None where its files are not made yet, or not on this host, or are damaged."""
    if not state.total:
        return None
    total = state.total
    try:
        about = shop_file(settings, state, PLAIN).stat()
    except OSError:  # nobody has made it yet
        return None

    def opened() -> ShopPages | None:
        try:
            return ShopPages(snapshot_of(settings, state), total)
        except (OSError, ValueError) as error:  # said once for a file, not with each page
            logger.warning("The file of the whole shop cannot be used; the database is asked instead: %s", error)
            return None

    # Whoever makes the file anew gives the name another file.
    return latest.get((state.key, about.st_ino, about.st_mtime_ns, about.st_size), opened)


def documents_at(positions: Iterable[int], pages: ShopPages | None) -> list[bytes] | None:
    """The documents there; None where the file does not give them: then it goes, and the next sync makes it anew."""
    try:
        return None if pages is None else pages.documents(positions)
    except (OSError, ValueError) as error:
        logger.warning("The file of the whole shop cannot be read; the database is asked instead: %s", error)
        if pages is not None:
            with suppress(OSError):
                pages.snapshot.plain.unlink()
        return None
