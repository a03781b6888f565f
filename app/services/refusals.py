"""What Discogs refused us: until when a source lets it alone, and which credential it does not take any more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from app.errors import DiscogsAPIError, DiscogsAuthenticationError, DiscogsPrivate, DiscogsRateLimitError
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

    def check(self, is_forced: bool) -> None:
        """Raise DiscogsRateLimitError while Discogs wants to be left alone, unless a person insists.

        Whichever source was told so: Discogs counts by address, and all of them ask from this one.
        """
        now = self._clock()
        pauses = [moment for moment in self._sources.pauses() if timedelta(0) < moment - now <= LONGEST_PAUSE]
        if pauses and not is_forced:
            until = max(pauses).isoformat(timespec="seconds")
            raise DiscogsRateLimitError(
                retry_after=(max(pauses) - now).total_seconds(),
                detail=f"Discogs asked to be left alone until {until}; `sync --force` (force_full) asks it anyway",
            )

    def note(self, source: SourceState, error: DiscogsAPIError) -> None:
        """Remember what concerns the next runs, too, and whoever wants to show the source."""
        if isinstance(error, DiscogsPrivate):
            self.note_hidden(source)
        if isinstance(error, DiscogsRateLimitError) and error.retry_after:
            pause_s = min(error.retry_after, LONGEST_PAUSE.total_seconds())
            self._sources.update(source.id, not_before=self._clock() + timedelta(seconds=pause_s))
        if isinstance(error, DiscogsAuthenticationError):
            logger.warning("The credential of %s does not serve (%s)", source.username, error.reason)
            self._sources.update(
                source.id, paused_reason=str(error.reason), paused_credential=self._credentials.digest_of(source)
            )
            # Its runs end before a stranger's eyes are tried: nobody would notice that it has turned private.
            self.note_hidden(source)

    def note_hidden(self, source: SourceState) -> None:
        """Strangers are not shown the source: from this moment, however the run ends that learned it."""
        if source.is_public is not False:
            self._sources.update(source.id, is_public=False)
