"""The whole shop as files: where those of a state are, sent by the system without a look into the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.formats.lines import size_of, starts_of
from app.formats.packing import CODINGS
from app.services.shop_files import shop_file
from app.services.shop_state import ShopState
from config import Settings

PLAIN = "json"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`/api/data` of one state of the shop: as it is, in each coding, and where its documents start."""

    plain: Path
    packed: Mapping[str, Path]
    lines: Path

    @property
    def exists(self) -> bool:
        """Whether all files are there, and the plain one as long as it has to be; they are put in place when they are
        finished, the plain one last."""
        try:
            is_whole = self.plain.stat().st_size == size_of(starts_of(self.lines.read_bytes()))
        except (OSError, ValueError):
            return False
        return is_whole and all(path.is_file() for path in self.packed.values())


def snapshot_of(settings: Settings, state: ShopState) -> Snapshot:
    """Where the files of a state are, if somebody made them."""
    codings = {coding: shop_file(settings, state, f"{PLAIN}.{coding}") for coding in CODINGS}
    return Snapshot(shop_file(settings, state, PLAIN), codings, shop_file(settings, state, f"{PLAIN}.lines"))
