"""Facets of the shop: its described columns are kept in a file beside the database, and in memory of each process."""

from __future__ import annotations

import logging
from dataclasses import replace

from sqlalchemy import Connection, select

from app.core.query import SearchQuery
from app.extensions import wiring
from app.models import ListingRow, ReleaseRow, ShopDocument
from app.search.facet_columns import FacetColumns
from app.search.facets import FACET_COLUMNS, Facets
from app.search.port import BATCH, Hits, ListingIndex
from app.search.terms_index import TermsHits
from app.services.corrections import corrections_of, first_answered
from app.services.remembered import Remembered
from app.services.shop_files import shop_file, write_together
from app.services.shop_state import ShopState
from config import Settings

logger = logging.getLogger(__name__)
L, R, D = ListingRow.__table__.c, ReleaseRow.__table__.c, ShopDocument.__table__.c
DOCUMENTS = ShopDocument.__table__.join(ListingRow.__table__, L.listing_id == D.listing_id).outerjoin(
    ReleaseRow.__table__, L.release_id == R.release_id
)


def facets_of_state(connection: Connection, index: ListingIndex, query: SearchQuery, state: ShopState) -> Facets:
    """What all the listings that answer `query` are made of, whatever page it asks for."""
    wired = wiring()
    everything = replace(query, limit=None, page=1)
    hits = index.find(connection, everything, sources=state.sellers, columns=FACET_COLUMNS)
    if not isinstance(hits, TermsHits):
        # Hits may tell more than they are asked for, after it.
        asked = len(FACET_COLUMNS)
        return FacetColumns.of([row[:asked] for row in rows] for rows in hits.batches()).count()
    found = hits.positions()
    columns = facet_columns(connection, wired.settings, state, wired.latest_columns)
    if found is None:
        return wired.remembered.get(("facets", state.key), columns.count)
    return columns.count(found)


def best_facets(
    connection: Connection, index: ListingIndex, query: SearchQuery, state: ShopState
) -> tuple[Facets, SearchQuery]:
    """The facets of what answers, or of what was meant when nothing does; and which question that is."""
    facets = facets_of_state(connection, index, query, state)

    def find(other: SearchQuery) -> Hits:
        return index.find(connection, other, sources=state.sellers, columns=(L.listing_id,))

    meant = None if facets["total"] else first_answered(corrections_of(connection, index, query), find)
    return (facets, query) if meant is None else (facets_of_state(connection, index, meant[0], state), meant[0])


def facet_columns(connection: Connection, settings: Settings, state: ShopState, remembered: Remembered) -> FacetColumns:
    """The columns of the state that this transaction sees: from memory, from the file, or from the rows."""
    return remembered.get(state.key, lambda: _kept(connection, settings, state))


def _kept(connection: Connection, settings: Settings, state: ShopState) -> FacetColumns:
    path = shop_file(settings, state, "facets")
    try:
        with path.open("rb") as file:
            return FacetColumns.read(file)
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        logger.warning("The file of facets cannot be used and is made anew: %s", error)
    columns = _made(connection)
    try:
        write_together(columns.pieces(), {path: None})
    except OSError as error:
        logger.warning("No file of facets could be made; each process counts for itself: %s", error)
    return columns


def _made(connection: Connection) -> FacetColumns:
    statement = select(*FACET_COLUMNS).select_from(DOCUMENTS).order_by(D.rank)
    result = connection.execute(statement.execution_options(yield_per=BATCH))
    try:
        return FacetColumns.of(result.partitions())
    finally:
        result.close()
