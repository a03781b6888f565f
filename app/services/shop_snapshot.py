"""The whole shop as files: made once when a run is applied, sent by the system without a look into the database."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core.query import SearchQuery
from app.formats.json_listing import json_array
from app.formats.packing import CODINGS, packer
from app.services.inventory_service import InventoryService
from app.services.shop_files import forget_others, shop_file, write_together
from app.services.shop_state import ShopState
from config import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`/api/data` of one state of the shop: as it is, and in each coding."""

    plain: Path
    packed: Mapping[str, Path]

    @property
    def exists(self) -> bool:
        """Whether all files are there; they are put in place when they are finished, the plain one last."""
        return self.plain.is_file() and all(path.is_file() for path in self.packed.values())


def snapshot_of(settings: Settings, state: ShopState) -> Snapshot:
    """Where the files of a state are, if somebody made them."""
    codings = {coding: shop_file(settings, state, f"json.{coding}") for coding in CODINGS}
    return Snapshot(shop_file(settings, state, "json"), codings)


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
                write_together(json_array(found.documents()), {wanted.plain: None, **packers})
        service.facets(SearchQuery())
        forget_others(settings, state)
    except OSError as error:
        logger.warning("No file of the whole shop could be made: %s", error)
        return False
    return True
