"""The whole shop as files: made once when a run is applied, sent by the system without a look into the database."""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile

from app.core.query import SearchQuery
from app.formats.json_listing import json_array
from app.services.inventory_service import InventoryService
from app.services.shop_state import ShopState
from config import Settings

logger = logging.getLogger(__name__)
FOLDER = "snapshots"
LEVEL = 6
GZIP_WINDOW = 31  # 15 bits of window, and 16 for the gzip frame


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`/api/data` of one state of the shop: as it is, and as gzip."""

    plain: Path
    packed: Path

    @property
    def exists(self) -> bool:
        """Whether both files are there; they are put in place when they are finished."""
        return self.plain.is_file() and self.packed.is_file()


def snapshot_of(settings: Settings, state: ShopState) -> Snapshot:
    """Where the files of a state are, if somebody made them.

    A version may come again, when a backup is put back or another database named; the moment does not.
    """
    moment = None if state.changed_at is None else state.changed_at.isoformat()
    about = f"{settings.database_url} {state.version} {moment} {state.digest}"
    name = f"data-{state.version}-{blake2b(about.encode(), digest_size=12).hexdigest()}.json"
    folder = settings.instance_path / FOLDER
    return Snapshot(folder / name, folder / f"{name}.gz")


def publish(settings: Settings) -> bool:
    """Make the files of the present state unless they are there; those of earlier states go. Needs an application
    context. False when there is nothing to make them of or no room: then readers are answered from the database."""
    service = InventoryService()
    try:
        with service.found(SearchQuery()) as found:
            if not found.is_indexed:
                return False
            wanted = snapshot_of(settings, found.state)
            if not wanted.exists:
                wanted.plain.parent.mkdir(parents=True, exist_ok=True)
                _write(wanted, json_array(found.documents()))
        _forget_all_but(wanted)
    except OSError as error:
        logger.warning("No file of the whole shop could be made: %s", error)
        return False
    return True


def _write(wanted: Snapshot, pieces: Iterable[bytes]) -> None:
    folder = wanted.plain.parent
    with NamedTemporaryFile(dir=folder, delete=False) as plain, NamedTemporaryFile(dir=folder, delete=False) as packed:
        try:
            compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WINDOW)
            for piece in pieces:
                plain.write(piece)
                packed.write(compressor.compress(piece))
            packed.write(compressor.flush())
            plain.flush()
            packed.flush()
            os.replace(packed.name, wanted.packed)
            os.replace(plain.name, wanted.plain)
        except BaseException:
            for leftover in (plain.name, packed.name):
                with suppress(OSError):
                    os.unlink(leftover)
            raise


def _forget_all_but(wanted: Snapshot) -> None:
    """Who is being sent an older file keeps it open and gets all of it."""
    for path in wanted.plain.parent.iterdir():
        if path not in {wanted.plain, wanted.packed} and path.name.startswith("data-"):
            with suppress(OSError):
                path.unlink()
