"""What Discogs refused us: until when a source lets it alone, and which credential it does not take any more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from app.errors import DiscogsAPIError, DiscogsAuthenticationError, DiscogsRateLimitError
from app.services.credentials import Credentials
from app.services.sources import Sources, SourceState

logger = logging.getLogger(__name__)
# Nobody is asked to wait longer; a later moment was written by a wrong clock.
LONGEST_PAUSE = timedelta(days=1)


class Refusals:
    """The refusals of the sources of one mirror."""

    def __init__(self, sources: Sources, credentials: Credentials, clock: Callable[[], datetime]) -> None:
        self._sources = sources
        self._credentials = credentials
        self._clock = clock

    def check(self, source: SourceState, is_forced: bool) -> None:
        """Raise DiscogsRateLimitError while Discogs wants to be left alone, unless a person insists."""
        if source.not_before is None or is_forced:
            return
        if timedelta(0) < source.not_before - self._clock() <= LONGEST_PAUSE:
            until = source.not_before.isoformat(timespec="seconds")
            raise DiscogsRateLimitError(
                detail=f"Discogs asked to be left alone until {until}; `sync --force` (force_full) asks it anyway"
            )

    def note(self, source: SourceState, error: DiscogsAPIError) -> None:
        """Remember what concerns the next runs, too."""
        if isinstance(error, DiscogsRateLimitError) and error.retry_after:
            pause_s = min(error.retry_after, LONGEST_PAUSE.total_seconds())
            self._sources.update(source.id, not_before=self._clock() + timedelta(seconds=pause_s))
        if isinstance(error, DiscogsAuthenticationError):
            logger.warning("The credential of %s does not serve (%s)", source.username, error.reason)
            self._sources.update(
                source.id, paused_reason=str(error.reason), paused_credential=self._credentials.digest_of(source)
            )
