"""The reading of releases as it happens beside the syncs: round after round, while Discogs has time for it."""

from __future__ import annotations

import logging

from app.errors import StorageError
from app.extensions import wiring
from app.services.discogs_connection import StopSignal
from app.services.release_cache import FillEnding, FillReport, ReleaseCache

logger = logging.getLogger(__name__)


def fill_round(stop: StopSignal) -> bool:
    """Read some of the releases that are due, unless ENABLE_RELEASE_CACHE says no; whether to go on at once."""
    if not wiring().settings.enable_release_cache or stop.is_set():
        return False
    try:
        report = ReleaseCache().fill(stop=stop)
    except StorageError as error:
        logger.warning("No releases are read now: %s", error)
        return False
    _tell(report)
    return report.ending is FillEnding.MORE


def _tell(report: FillReport) -> None:
    if report.known or report.gone or report.failed:
        logger.info("Releases: %d read, %d gone, %d without an answer", report.known, report.gone, report.failed)
    if report.ending is FillEnding.REFUSED:
        logger.warning("No more releases are read for now: %s", report.detail)
