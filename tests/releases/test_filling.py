"""The shop's releases are read once, kept, and shown."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select

from app.errors import DiscogsAPIError, DiscogsNotFound
from app.extensions import db, wiring
from app.models import CopyRow, ListingRow, Run
from app.services.inventory_service import InventoryService
from app.services.release_cache import FillEnding, FillReport
from app.services.release_tries import MOST_IN_VAIN
from app.services.run_ledger import RunLedger
from scripts.fake_discogs import Fault
from scripts.fake_discogs.liner_notes import details, identifiers
from scripts.fake_discogs.records import Format
from tests.invariants import assert_sound
from tests.releases.conftest import Shelf


class Nudge:
    """A stop signal that is set when the test says so."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        return self._event.wait(seconds)


def test_all_releases_are_read_once_and_shown(shelf: Shelf, client: FlaskClient) -> None:
    report = shelf.cache.fill()
    wanted = shelf.wanted()
    assert report == FillReport(FillEnding.DONE, known=len(wanted))
    assert sorted(shelf.asked()) == sorted(wanted)
    assert set(shelf.bodies()) == set(shelf.facts()) == wanted
    told = {listing.release.id: listing.release for listing in shelf.fake.world.listings.values()}
    for item in client.get("/api/data").json:
        release = told[int(item["release_id"])]
        assert item["genres"] == (", ".join(release.genres) or None)
        assert item["country"] == (release.country or None)
        printed = [entry["value"] for entry in identifiers(release) if entry["type"] == "Barcode"]
        assert item["barcode"] == (printed[0] if printed else None)
    genre = next(release.genres[0] for release in told.values() if release.genres)
    assert client.get("/api/search", query_string={"genre": genre}).json
    assert_sound(db.engine)


def test_a_second_fill_and_a_second_sync_cost_nothing(shelf: Shelf, client: FlaskClient) -> None:
    shelf.cache.fill()
    before = client.get("/api/data").headers["ETag"]
    shelf.asked()
    assert shelf.cache.fill() == FillReport(FillEnding.DONE)
    shelf.sync()
    assert shelf.cache.fill() == FillReport(FillEnding.DONE)
    assert shelf.asked() == []
    assert client.get("/api/data").headers["ETag"] == before


def test_a_round_moves_the_version_once(shelf: Shelf) -> None:
    before = InventoryService().state().version
    shelf.cache.fill()
    assert InventoryService().state().version == before + 1


def test_rounds_are_bounded_and_the_newest_come_first(shelf: Shelf) -> None:
    with db.engine.connect() as connection:
        listings = connection.execute(select(ListingRow.posted_at, ListingRow.release_id)).all()
    newest = sorted(listings, key=lambda row: (-row.posted_at.timestamp(), row.release_id))
    order = list(dict.fromkeys(row.release_id for row in newest))
    assert shelf.cache.fill(5) == FillReport(FillEnding.MORE, known=5)
    assert shelf.cache.fill(3) == FillReport(FillEnding.MORE, known=3)
    assert shelf.asked() == order[:8]


def test_what_is_owned_is_read_after_what_is_for_sale(shelf: Shelf) -> None:
    for_sale = shelf.wanted()
    others = (901, 902, 903)  # the catalogue does not know them
    own(others[0], added=1)
    own(others[1], added=3)
    own(others[2], added=2, is_gone=True)
    own(min(for_sale), added=4)
    assert shelf.cache.statistics().wanted == len(for_sale) + 2
    assert shelf.cache.fill() == FillReport(FillEnding.DONE, known=len(for_sale), gone=2)
    asked = shelf.asked()
    assert set(asked[:-2]) == for_sale
    assert asked[-2:] == [others[1], others[0]]


def own(release_id: int, *, added: int, is_gone: bool = False) -> None:
    """A copy of this release, added on that day."""
    moment = datetime(2026, 1, added, tzinfo=UTC)
    values = {
        "source_id": 1,
        "instance_id": release_id,
        "release_id": release_id,
        "added_at": moment,
        "fingerprint": b"",
        "search_text": " ",
        "format_tokens": " ",
        "created_at": moment,
        "updated_at": moment,
        "updated_run_id": 1,
        "removed_at": moment if is_gone else None,
    }
    with db.engine.begin() as connection:
        connection.execute(insert(CopyRow).values(values))


def test_an_old_body_is_read_again_and_unchanged_facts_change_nothing(shelf: Shelf, client: FlaskClient) -> None:
    shelf.cache.fill()
    before = client.get("/api/data").headers["ETag"]
    shelf.clock.advance(days=29)
    assert shelf.cache.fill() == FillReport(FillEnding.DONE)
    shelf.clock.advance(days=2)
    shelf.asked()
    assert shelf.cache.fill().known == len(shelf.wanted())
    assert all(row.fetched_at == shelf.clock.now for row in shelf.bodies().values())
    assert client.get("/api/data").headers["ETag"] == before


def test_a_corrected_release_is_shown(shelf: Shelf, client: FlaskClient) -> None:
    shelf.cache.fill()
    number = min(shelf.wanted())
    shelf.fake.world.edit_release(number, country="Atlantis", genres=("Sea Shanty",))
    shelf.cache.fetch(number)
    found = client.get("/api/search", query_string={"country": "Atlantis"}).json
    assert {item["release_id"] for item in found} == {str(number)}
    assert {item["genres"] for item in found} == {"Sea Shanty"}
    assert_sound(db.engine)


def test_a_listing_that_says_nothing_of_its_format_has_that_of_the_release(shelf: Shelf, client: FlaskClient) -> None:
    number = min(shelf.wanted())
    shelf.fake.world.edit_release(number, format="", formats=(Format("Edison Disc", 1, ("Album",)),))
    shelf.sync()
    assert client.get("/api/search?format=edison").json == []
    shelf.cache.fill()
    found = client.get("/api/search?format=edison").json
    assert {(item["release_id"], item["format_names"]) for item in found} == {(str(number), "Edison Disc, Album")}
    shelf.fake.world.edit_release(number, formats=())
    shelf.cache.fetch(number)
    assert client.get("/api/search?format=edison").json == []
    assert_sound(db.engine)


def test_a_release_that_goes_keeps_its_body_and_is_left_alone_for_a_week(shelf: Shelf) -> None:
    shelf.cache.fill()
    number = min(shelf.wanted())
    shelf.fake.faults.add(Fault("status", path=f"/releases/{number}", status=404))
    shelf.clock.advance(days=31)
    assert shelf.cache.fill().gone == 1
    kept = shelf.cache.get(number)
    assert kept is not None
    assert kept.is_gone
    assert number in shelf.facts()
    shelf.asked()
    shelf.clock.advance(days=6)
    shelf.cache.fill()
    assert shelf.asked() == []
    shelf.clock.advance(days=2)
    shelf.cache.fill()
    assert shelf.asked() == [number]
    shelf.fake.reset()
    shelf.clock.advance(days=8)
    shelf.cache.fill()
    restored = shelf.cache.get(number)
    assert restored is not None
    assert not restored.is_gone


@pytest.mark.parametrize(
    ("kind", "status"),
    [("truncated_json", "failed"), ("html200", "failed"), ("json_deep", "failed"), ("null", "failed")],
)
def test_a_broken_answer_is_noted_and_the_others_are_read(shelf: Shelf, kind: str, status: str) -> None:
    number = min(shelf.wanted())
    shelf.fake.faults.add(Fault(kind, path=f"/releases/{number}"))
    report = shelf.cache.fill()
    assert (report.ending, report.failed, report.known) == (FillEnding.DONE, 1, len(shelf.wanted()) - 1)
    assert shelf.bodies()[number].status == status
    assert shelf.bodies()[number].problem
    assert shelf.cache.get(number) is None
    shelf.fake.reset()
    assert shelf.cache.fill() == FillReport(FillEnding.DONE)
    shelf.clock.advance(hours=7)
    assert shelf.cache.fill().known == 1


def test_a_body_that_is_no_release_is_unreadable(shelf: Shelf) -> None:
    number = min(shelf.wanted())
    shelf.fake.faults.add(Fault("raw", path=f"/releases/{number}", body='{"id": 1, "title": "Somebody else"}'))
    assert shelf.cache.fill().failed == 1
    row = shelf.bodies()[number]
    assert (row.status, row.problem) == ("unreadable", f"release 1 instead of {number}")


def test_too_many_in_vain_end_the_round_and_starve_nobody(shelf: Shelf) -> None:
    shelf.fake.faults.add(Fault("status", path="/releases/*", status=503))
    report = shelf.cache.fill()
    assert (report.ending, report.failed) == (FillEnding.REFUSED, MOST_IN_VAIN)
    tried = set(shelf.asked())
    assert len(tried) == MOST_IN_VAIN
    shelf.fake.reset()
    assert shelf.cache.fill().known == len(shelf.wanted()) - MOST_IN_VAIN
    assert not tried & set(shelf.asked())


def test_too_fast_ends_the_round_and_keeps_what_was_read(shelf: Shelf) -> None:
    order = list(range(4, 100))
    shelf.fake.faults.add(Fault("status", path="/releases/*", hits=order, status=429))
    report = shelf.cache.fill()
    assert (report.ending, report.known) == (FillEnding.REFUSED, 3)
    assert len(shelf.bodies()) == len(shelf.facts()) == 3


def test_a_pause_that_discogs_asked_for_holds_for_releases_too(shelf: Shelf) -> None:
    shelf.fake.faults.add(Fault("status", path="/releases/*", status=429, headers={"Retry-After": "3600"}))
    shelf.cache.fill()
    shelf.asked()
    assert shelf.cache.fill().ending is FillEnding.REFUSED
    assert shelf.asked() == []


def test_an_unreachable_discogs_ends_the_round(shelf: Shelf) -> None:
    shelf.fake.stop()
    report = shelf.cache.fill()
    assert (report.ending, report.known, shelf.bodies()) == (FillEnding.REFUSED, 0, {})


def test_a_stop_is_seen_within_one_request_and_keeps_what_was_read(shelf: Shelf) -> None:
    stop = Nudge()
    shelf.fake.before_request(lambda _n, _request: stop.set() if len(shelf.fake.audit) == 3 else None)
    report = shelf.cache.fill(stop=stop)
    assert report.ending is FillEnding.STOPPED
    assert report.known == len(shelf.asked()) == len(shelf.bodies()) == 4


def test_a_sync_that_waits_goes_first(shelf: Shelf) -> None:
    source_id = shelf.cache._asker().id  # type: ignore[union-attr]
    ledger = RunLedger(db.engine, wiring().clock)

    def ask_for_sync(_number: int, _request: object) -> None:
        if len(shelf.fake.audit) == 2:
            ledger.queue(source_id, trigger="api")

    shelf.fake.before_request(ask_for_sync)
    report = shelf.cache.fill()
    assert (report.ending, report.known) == (FillEnding.YIELDED, 3)
    assert shelf.cache.fill().ending is FillEnding.YIELDED
    assert len(shelf.asked()) == 3


def test_only_one_fills_at_a_time(shelf: Shelf) -> None:
    held = wiring().locks.try_hold("releases")
    assert held is not None
    assert shelf.cache.fill().ending is FillEnding.BUSY
    held.release()
    assert shelf.cache.fill(2).known == 2


def test_nobody_to_ask_for_asks_nobody(shelf: Shelf) -> None:
    wiring().settings = wiring().settings.replace(discogs_seller_username=None)
    assert shelf.cache.fill().ending is FillEnding.NOBODY
    assert shelf.asked() == []


def test_reading_asks_nobody(shelf: Shelf) -> None:
    number = min(shelf.wanted())
    assert shelf.cache.get(number) is None
    shelf.cache.fetch(number)
    shelf.asked()
    kept = shelf.cache.get(number)
    assert kept is not None
    told = shelf.fake.world.release(number)
    assert told is not None
    assert [track.title for track in kept.release.tracklist] == [
        track["title"] for track in details(told, shelf.fake.url)["tracklist"]
    ]
    assert kept.release.images[0].uri.startswith(shelf.fake.url)
    shelf.clock.advance(hours=2)
    assert shelf.cache.get(number, max_age=timedelta(hours=1)) is None
    assert shelf.cache.get(number, max_age=timedelta(hours=3)) is not None
    assert shelf.asked() == []


def test_a_release_without_an_answer_is_an_error_for_whoever_asked(shelf: Shelf) -> None:
    shelf.fake.stop()
    with pytest.raises(DiscogsAPIError) as failure:
        shelf.cache.fetch(5)
    assert not isinstance(failure.value, DiscogsNotFound)


def test_the_statistics_count(shelf: Shelf) -> None:
    gone, *others = sorted(shelf.wanted())
    shelf.fake.faults.add(Fault("status", path=f"/releases/{gone}", status=404))
    shelf.cache.fill()
    shelf.clock.advance(days=8)
    shelf.cache.fetch(others[0])
    found = shelf.cache.statistics()
    assert (found.total, found.last_week, found.gone, found.failed) == (len(others), 1, 1, 0)
    assert found.wanted == len(shelf.wanted())
    assert found.bytes == sum(len(row.body or b"") for row in shelf.bodies().values())


def test_runs_are_not_touched(shelf: Shelf) -> None:
    with db.engine.connect() as connection:
        before = connection.scalar(select(func.count()).select_from(Run))
    shelf.cache.fill()
    with db.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Run)) == before


def test_rounds_are_shown_together_now_and_then_and_at_their_end(shelf: Shelf) -> None:
    def version() -> int:
        return InventoryService().state().version

    def fill() -> FillEnding:
        return shelf.cache.fill(5, shown_within=timedelta(minutes=10)).ending

    before = version()
    assert [fill(), fill()] == [FillEnding.MORE, FillEnding.MORE]
    assert (version(), shelf.bodies()) == (before, {})
    shelf.clock.advance(minutes=10)
    assert fill() is FillEnding.MORE
    assert len(shelf.bodies()) == 10, "what waited as long"
    shown = version()
    endings = [fill(), fill()]
    while endings[-1] is FillEnding.MORE:
        endings.append(fill())
    assert endings[-1] is FillEnding.DONE
    assert set(shelf.bodies()) == shelf.wanted()
    assert version() == shown + 1
    asked = shelf.asked()
    assert sorted(asked) == sorted(shelf.wanted()), "nothing twice, also while answers wait"
    assert_sound(db.engine)


def test_what_waits_is_shown_when_nothing_is_due(shelf: Shelf) -> None:
    wanted = len(shelf.wanted())
    assert shelf.cache.fill(wanted, shown_within=timedelta(minutes=10)).ending is FillEnding.MORE
    assert not shelf.bodies()
    assert shelf.cache.fill(wanted, shown_within=timedelta(minutes=10)).ending is FillEnding.DONE
    assert set(shelf.bodies()) == shelf.wanted()
