"""Export, start from nothing, import, export again: the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from app.extensions import db
from tests.csv_import.conftest import Mirror
from tests.csv_import.files import shop_csv, shop_row
from tests.invariants import assert_sound

ALL = "/export/listings.csv?profile=listings"


def exported(app: Flask, admin: dict[str, str], address: str = ALL) -> bytes:
    answer = app.test_client().get(address, headers=admin)
    assert answer.status_code == 200
    return answer.data


@pytest.mark.realdata
def test_a_real_shop_is_the_same_to_the_byte(
    app: Flask, mirror: Mirror, admin: dict[str, str], shared_data: Path
) -> None:
    (path,) = (shared_data / "inventory_csv").glob("*discogs_2018-02-15*.csv")
    mirror.load(path, currency="EUR")
    before = exported(app, admin)
    assert before.count(b"\r\n") > 1000
    mirror.clock.advance(days=3)
    report = mirror.put(before, clears_mirror=True)
    assert report.is_whole
    assert exported(app, admin) == before
    assert_sound(db.engine)


def test_everything_a_row_can_hold_comes_back(app: Flask, mirror: Mirror, admin: dict[str, str]) -> None:
    rows = [
        shop_row(
            1,
            release_title="'=SUM(A1)",
            comments=' "quoted",\r\nand on a line of its own ',
            artist_names="'-M-",
            genres="Rock, Pop",
            styles="Chanson",
            country="France",
            barcode="0602498345016",
            master_id=7,
            release_community_have=0,
            release_community_want=12,
            shipping_price="4.90",
            shipping_currency="EUR",
            image_resource_url="https://i.discogs.com/one.jpg",
            export_timestamp="2026-02-27T23:59:58+01:00",
        ),
        shop_row(2, price_value="", price_currency="", posted="", export_timestamp=""),
        shop_row(
            3, price_value="1850", price_currency="JPY", weight="", format_quantity="", location="", external_id=""
        ),
        *(shop_row(number, posted="2026-02-01T11:22:33-08:00") for number in range(4, 30)),
        shop_row(4_096 * 1_048_576, listing_id=3_000_000_004 + 2**40, posted="2026-02-01T11:22:33-08:00"),
    ]
    mirror.put(shop_csv(rows))
    before = exported(app, admin)
    assert b"2026-02-27T22:59:58+00:00" in before
    for _ in range(2):
        mirror.clock.advance(days=1)
        assert mirror.put(before, clears_mirror=True).is_whole
        assert exported(app, admin) == before
    marked = exported(app, admin, f"{ALL}&encoding=utf-8-sig")
    assert marked == b"\xef\xbb\xbf" + before
    assert mirror.put(marked).is_whole
    assert exported(app, admin) == before
    assert_sound(db.engine)


def test_no_row_is_from_the_future(mirror: Mirror) -> None:
    mirror.put(shop_csv([shop_row(1, export_timestamp="2126-03-01T10:00:00+00:00")]))
    (row,) = mirror.rows().values()
    assert row.updated_at == mirror.clock()


def test_what_a_file_changes_is_changed_now(mirror: Mirror) -> None:
    mirror.put(shop_csv([shop_row(1)]))
    mirror.clock.advance(days=1)
    mirror.put(shop_csv([shop_row(1, price_value="11.00")]))
    (row,) = mirror.rows().values()
    assert row.updated_at == mirror.clock()
