"""The attempts of one round of reading releases: which are kept when, and when going on is pointless."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.core.release_ages import ReleaseStatus
from app.services.release_store import Attempt

ANSWERED = frozenset({ReleaseStatus.KNOWN, ReleaseStatus.GONE})
# So many in a row without an answer are no coincidence: Discogs is out of order, or it is not Discogs.
MOST_IN_VAIN = 5


class Tries:
    """What was tried so far. `keep` puts attempts where a killed process does not lose them.

    Each answer is kept as it comes, with what was tried in vain before it. A series in vain is kept so that the next
    round begins behind it, unless somebody waits for just these releases: then the next attempt asks for them again.
    With `goes_on` Discogs is known to answer, and no series is too long.
    """

    def __init__(self, keep: Callable[[Sequence[Attempt]], None], *, is_awaited: bool, goes_on: bool = False) -> None:
        self._keep = keep
        self._is_awaited = is_awaited
        self._goes_on = goes_on
        self._made: list[Attempt] = []
        self._kept = 0

    @property
    def made(self) -> Sequence[Attempt]:
        """The attempts in their order."""
        return self._made

    @property
    def is_in_vain(self) -> bool:
        """Whether the last ones make the next ones pointless. That a release is gone is an answer as good as any."""
        last = self._made[-MOST_IN_VAIN:]
        return not self._goes_on and len(last) == MOST_IN_VAIN and all(one.status not in ANSWERED for one in last)

    def add(self, attempt: Attempt) -> None:
        """Raises StorageError."""
        self._made.append(attempt)
        if attempt.status in ANSWERED:
            self._keep_all()

    def end(self) -> None:
        """Keep what is to be kept and is not yet. Raises StorageError."""
        if self._is_awaited and self.is_in_vain:
            del self._made[-MOST_IN_VAIN:]
        self._keep_all()

    def _keep_all(self) -> None:
        fresh = self._made[self._kept :]
        if fresh:
            self._keep(fresh)
            self._kept = len(self._made)
