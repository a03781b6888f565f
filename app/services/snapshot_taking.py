"""One look at a stream, from its first page to its last."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from sqlalchemy import Engine

from app.core.fetch import Fetch
from app.core.plan import Policy
from app.discogs.answers import ItemPage
from app.discogs.page_walk import PageWalk
from app.errors import DiscogsNotFound
from app.models.stage import Stage
from app.models.streams import COLLECTION
from app.services.discogs_connection import Discogs, image_origins
from app.services.readings import Reading
from app.services.run_control import RunControl
from app.services.seller_identity import no_such_seller
from app.services.shelf_adoption import Adoption
from app.services.snapshot_reader import SnapshotReader
from app.services.sources import SourceState
from app.services.subject import Subject
from config import Settings

logger = logging.getLogger(__name__)


def take_snapshot(
    client: Discogs,
    reading: Reading,
    subject: Subject,
    source: SourceState,
    control: RunControl,
    *,
    engine: Engine,
    settings: Settings,
    policy: Policy,
    limit: int | None,
    doubts: bool,
) -> tuple[SnapshotReader, PageWalk, Fetch]:
    """Read what Discogs shows, or its first `limit` items, onto the run's stage. Raises DiscogsAPIError, Cancelled.

    With `doubts` rows that somebody else changed since we wrote them are written anew.
    """
    walk = reading.walk(
        client, subject, expected_pages=source.last_pages, hidden_before=source.hidden_rows, limit=limit
    )
    reader = SnapshotReader(
        engine=engine,
        stage=Stage(engine, control.run_id, reading.stream),
        reading=reading,
        subject=subject,
        policy=policy,
        image_origins=image_origins(settings),
        max_errors=settings.sync_max_errors,
        doubts=doubts,
        adoption=Adoption(engine, source.id) if reading.stream is COLLECTION else None,
    )
    client.expect_pages(source.last_pages or 0)
    control.expect_pages(source.last_pages or 0)
    things = reading.stream.things
    for number, page in enumerate(_pages(walk, source), 1):
        reader.take(page, walk)
        logger.debug("Page %d: %d %s (Total: %d)", page.page, len(page.rows), things, reader.distinct)
        control.page_done(
            number, of=walk.pages, items=reader.distinct, announced=walk.announced, latest=reader.latest_item
        )
    logger.info("Total %s fetched: %d", things, reader.distinct)
    return reader, walk, reader.fetch(walk)


def _pages(walk: PageWalk, source: SourceState) -> Iterator[ItemPage]:
    try:
        yield from walk.read()
    except DiscogsNotFound as error:  # the first page is not there: no such user, or not any more
        raise no_such_seller(source, error) from error
