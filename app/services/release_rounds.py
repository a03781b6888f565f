"""What is read beside the syncs: values of collections, and releases round after round, while Discogs has time."""

from __future__ import annotations

import logging
from datetime import timedelta

from app.errors import StorageError
from app.extensions import db, wiring
from app.services.collection_values import keep_values
from app.services.discogs_connection import StopSignal
from app.services.enrichment_service import EnrichmentService
from app.services.release_cache import FillEnding, FillReport, ReleaseCache
from app.services.run_ledger import ACTIVE_STATES
from app.services.yielding import YieldingStop

logger = logging.getLogger(__name__)
SHOWN_WITHIN = timedelta(minutes=10)


def fill_round(stop: StopSignal) -> bool:
    """Queue a batch of enrichment when one is due, ask what collections are worth, once a day, and read some of the
    releases that are due, unless ENABLE_RELEASE_CACHE says no; whether to go on at once."""
    if stop.is_set():
        return False
    try:
        EnrichmentService().start_if_due()
        keep_values(YieldingStop(db.engine, stop, ACTIVE_STATES))
        if not wiring().settings.enable_release_cache:
            return False
        report = ReleaseCache().fill(stop=stop, shown_within=SHOWN_WITHIN)
    except StorageError as error:
        logger.warning("Nothing is read beside the syncs now: %s", error)
        return False
    _tell(report)
    return report.ending is FillEnding.MORE


def _tell(report: FillReport) -> None:
    if report.known or report.gone or report.failed:
        logger.info("Releases: %d read, %d gone, %d without an answer", report.known, report.gone, report.failed)
    if report.ending is FillEnding.REFUSED:
        logger.warning("No more releases are read for now: %s", report.detail)
