"""The attempts of one round of reading releases: which are kept when, and when going on is pointless."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.core.release_ages import ReleaseStatus
from app.services.release_store import Attempt

ANSWERED = frozenset({ReleaseStatus.KNOWN, ReleaseStatus.GONE})
# So many in a row without an answer are no coincidence: Discogs is out of order, or it is not Discogs.
MOST_IN_VAIN = 5


class Tries:
    """What was tried so far. `keep` stores some attempts and says whether they are news.

    When somebody waits for just these releases each answer is kept as it comes, so that who is killed has to ask for
    none again; and a series in vain is not kept at all, so that the next attempt asks for these too. Otherwise all are
    kept in one go, those in vain as well, so that the next round begins behind them.
    """

    def __init__(self, keep: Callable[[Sequence[Attempt]], bool], *, is_awaited: bool) -> None:
        self._keep = keep
        self._is_awaited = is_awaited
        self._made: list[Attempt] = []
        self._kept = 0
        self.is_news = False

    @property
    def made(self) -> Sequence[Attempt]:
        """The attempts in their order."""
        return self._made

    @property
    def is_in_vain(self) -> bool:
        """Whether the last ones make the next ones pointless. That a release is gone is an answer as good as any."""
        last = self._made[-MOST_IN_VAIN:]
        return len(last) == MOST_IN_VAIN and all(one.status not in ANSWERED for one in last)

    def add(self, attempt: Attempt) -> None:
        """Raises StorageError."""
        self._made.append(attempt)
        if self._is_awaited and attempt.status in ANSWERED:
            self._keep_all()

    def end(self) -> None:
        """Keep what is to be kept and is not yet. Raises StorageError."""
        if self._is_awaited and self.is_in_vain:
            del self._made[-MOST_IN_VAIN:]
        self._keep_all()

    def _keep_all(self) -> None:
        fresh = self._made[self._kept :]
        if fresh:
            self.is_news |= self._keep(fresh)
            self._kept = len(self._made)
