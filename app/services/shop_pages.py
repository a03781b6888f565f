"""Pages of the shop out of the file of the whole of it: the documents of a page cost no look into the database."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Iterable
from mmap import ACCESS_READ, mmap

from app.formats.lines import BETWEEN, OPENING, START
from app.services.remembered import Remembered
from app.services.shop_snapshot import Snapshot, snapshot_of
from app.services.shop_state import ShopState
from config import Settings

logger = logging.getLogger(__name__)


class ShopPages:
    """The documents of one state, by where they stand in the order of their ranks.

    The file is mapped, not read: its bytes are in memory once for all processes, and only those that somebody asks
    for. It is put in place whole and never written again, and stays readable here when its name goes.
    """

    def __init__(self, snapshot: Snapshot, total: int) -> None:
        """Raises OSError where there are no files, ValueError where they are not those of `total` documents."""
        self._starts = array(START)
        self._starts.frombytes(snapshot.lines.read_bytes())
        with snapshot.plain.open("rb") as file:
            self._whole = mmap(file.fileno(), 0, access=ACCESS_READ)
        ends = self._starts[-1] - BETWEEN + 1 if self._starts else 0
        if (len(self._starts), self._starts[:1], ends) != (total + 1, array(START, [OPENING]), len(self._whole)):
            raise ValueError(f"{snapshot.plain.name} is not the file of {total} documents")
        self._last = total - 1

    def documents(self, positions: Iterable[int]) -> list[bytes]:
        """The documents at these positions; 0 is the oldest, which the file ends with."""
        whole, starts, last = self._whole, self._starts, self._last
        return [whole[starts[last - position] : starts[last - position + 1] - BETWEEN] for position in positions]


def shop_pages(settings: Settings, state: ShopState, latest: Remembered) -> ShopPages | None:
    """The pages of this state; None where its files are not made yet, or not on this host, or damaged."""
    if not state.total:
        return None
    total = state.total
    try:
        return latest.get(state.key, lambda: ShopPages(snapshot_of(settings, state), total))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        logger.warning("The file of the whole shop cannot be used; the database is asked instead: %s", error)
        return None
