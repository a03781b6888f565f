"""Make the files of the whole shop, once when a run is applied."""

from __future__ import annotations

import logging

from app.core.query import SearchQuery
from app.formats.json_listing import json_array
from app.formats.lines import LineStarts
from app.formats.packing import packer
from app.services.inventory_service import InventoryService
from app.services.shop_files import forget_others, write_together
from app.services.shop_snapshot import snapshot_of
from config import Settings

logger = logging.getLogger(__name__)


def publish(settings: Settings) -> bool:
    """Make the files of the present state unless they are there; those of earlier states go. Needs an application
    context. False when there is nothing to make them of or no room: then readers are answered from the database."""
    service = InventoryService()
    try:
        with service.found(SearchQuery()) as found:
            if not found.is_indexed:
                return False
            state = found.state
            wanted = snapshot_of(settings, state)
            if not wanted.exists:
                packers = {path: packer(coding, is_kept=True) for coding, path in wanted.packed.items()}
                files = {wanted.plain: None, **packers, wanted.lines: LineStarts()}
                write_together(json_array(found.read()), files)
        service.facets(SearchQuery())
        if service.state().key == state.key:  # else somebody makes files of a newer one, or has made them
            forget_others(settings, state)
    except OSError as error:
        logger.warning("No file of the whole shop could be made: %s", error)
        return False
    return True
