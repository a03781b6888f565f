"""Six real exports of one shop, imported one after the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from app.core.csv_merging import ImportVerdict
from app.extensions import db
from app.models import Change
from tests.csv_import.conftest import Mirror
from tests.invariants import assert_sound

pytestmark = pytest.mark.realdata

SNAPSHOTS = [  # file, rows, new, changed
    ("discogsxxx_2017-09-22", 865, 865, 0),
    ("discogs_2017-10-12", 972, 130, 135),
    ("discogs_2017-12-11", 1251, 346, 771),
    ("discogs_2017-12-20", 1341, 104, 32),
    ("discogs_2018-01-05", 1429, 109, 19),
    ("discogs_2018-02-15", 1672, 417, 93),
]


def test_each_snapshot_adds_and_changes_what_its_owner_did(mirror: Mirror, shared_data: Path) -> None:
    for name, rows, added, changed in SNAPSHOTS:
        (path,) = (shared_data / "inventory_csv").glob(f"*{name}*.csv")
        report = mirror.load(path, currency="EUR")
        assert report.is_whole
        assert (report.records, report.lost) == (rows, 0)
        verdicts = report.verdicts
        assert (verdicts[ImportVerdict.ADD], verdicts[ImportVerdict.UPDATE]) == (added, changed)
        assert mirror.load(path, currency="EUR").verdicts == {ImportVerdict.UNCHANGED: rows}
    assert_sound(db.engine)


def test_recorded_downloads_of_today_are_read(mirror: Mirror, shared_data: Path) -> None:
    (one,) = (shared_data / "inventory_csv").glob("*DamIDhagor-inventory-*.csv")
    (none,) = (shared_data / "inventory_csv").glob("*empty-inventory-*.csv")
    report = mirror.load(one, currency="EUR")
    assert report.moment.isoformat() == "2026-08-25T14:04:00+00:00"
    row = mirror.rows()[4_332_778_344]
    assert (row.status, row.location, row.external_id) == ("Draft", "API_TEST_LOCATION", "API_TEST_EXTERNAL_ID")
    assert row.posted_at.isoformat() == "2026-08-25T14:04:22+00:00"
    assert mirror.load(none).records == 0
    with db.engine.connect() as connection:
        assert connection.scalars(select(Change.public_kind)).all() == [None]
