"""Six real exports of one shop, synced one after another through the fake: the counts are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.fake_discogs import FakeDiscogs, World
from tests.faults.conftest import WiredMirror, fresh_mirror  # noqa: F401  a fixture
from tests.faults.test_fault_matrix import Make, live

# snapshot: rows, added, gone, changed, of which price
TABLE = {
    "2017-09-22": (865, 865, 0, 0, 0),
    "2017-10-12": (972, 130, 23, 135, 6),
    "2017-12-11": (1251, 346, 67, 771, 9),
    "2017-12-20": (1341, 104, 14, 32, 21),
    "2018-01-05": (1429, 109, 21, 19, 3),
    "2018-02-15": (1672, 417, 174, 93, 27),
}
RUNS_TO_SETTLE = 3


@pytest.fixture
def snapshots(shared_data: Path) -> dict[str, Path]:
    folder = shared_data / "inventory_csv"
    return {date: next(folder.glob(f"*_{date}_*.csv")) for date in TABLE}


@pytest.fixture
def shop(snapshots: dict[str, Path]) -> Iterator[FakeDiscogs]:
    world = World.from_export_csv(next(iter(snapshots.values())), seller="real_shop", currency="EUR")
    with FakeDiscogs(world) as fake:
        yield fake


def settle(mirror: WiredMirror) -> tuple[int, int, int]:
    """Sync until nothing waits for a second look; added, removed and changed in all."""
    added = removed = changed = 0
    for _ in range(RUNS_TO_SETTLE):
        done = mirror.sync()
        assert done["outcome"] == "applied", done
        added, removed, changed = added + done["added"], removed + done["removed"], changed + done["updated"]
        assert done["restored"] == done["rejected"] == 0
    assert done["missing"] == 0
    return added, removed, changed


def price_changes(mirror: WiredMirror, since: int) -> tuple[int, int]:
    """How many changes of a price the log holds after `since`, and where it ends."""
    import orjson
    from sqlalchemy import select

    from app.extensions import db
    from app.models import Change

    with mirror.app.app_context(), db.engine.connect() as connection:
        rows = connection.execute(select(Change.seq, Change.fields).where(Change.seq > since)).all()
    prices = sum("price_value" in orjson.loads(fields) for _seq, fields in rows)
    return prices, max([seq for seq, _fields in rows], default=since)


@pytest.mark.realdata
def test_the_shops_history_is_told_exactly(
    shop: FakeDiscogs,
    snapshots: dict[str, Path],
    fresh_mirror: Make,  # noqa: F811
) -> None:
    mirror = fresh_mirror(shop)
    seen = 0
    for date, path in snapshots.items():
        shop.world.load_export_csv(path)
        rows, added, gone, changed, repriced = TABLE[date]
        assert settle(mirror) == (added, gone, changed), date
        prices, seen = price_changes(mirror, seen)
        assert prices == repriced, date
        assert len(live(mirror)) == rows, date
