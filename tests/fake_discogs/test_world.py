"""A world is the same for the same seed, and changes only as it is told."""

from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal

import pytest

from scripts.fake_discogs import FakeDiscogs, World, generate
from scripts.fake_discogs.vocabulary import DRAFT, EXPIRED, FOR_SALE, SOLD
from tests.fake_discogs.conftest import Person


def test_the_same_seed_gives_the_same_bytes() -> None:
    def body(world: World) -> bytes:
        with FakeDiscogs(world) as fake:
            who = Person(fake, fake.token)
            pages = b"".join(who.inventory(page=number, status="All").content for number in (1, 2))
            folder = who.get(f"/users/{world.seller.username}/collection/folders/0/releases").content
            who.session.close()
            return (pages + folder).replace(fake.url.encode(), b"")

    first = body(World.generate(seed=5, listings=90, copies=9))
    generate.shop.cache_clear()
    assert body(World.generate(seed=5, listings=90, copies=9)) == first
    assert body(World.generate(seed=6, listings=90, copies=9)) != first


def test_a_changed_world_replays_alike() -> None:
    def played() -> World:
        world = World.generate(seed=5, listings=20)
        world.reprice(world.relist(world.ids()[0]), Decimal("9.99"))
        world.add(title="Brand New")
        return world

    assert played().listings == played().listings


def test_ids_pass_32_bits_and_releases_repeat(world: World) -> None:
    assert min(world.listings) > 2**32
    assert min(world.copies) > 2**31
    releases = [row.release.id for row in world.listings.values()]
    assert len(set(releases)) < len(releases)


def test_most_listings_are_for_sale_and_some_are_not(world: World) -> None:
    assert {row.status for row in world.listings.values()} == {FOR_SALE, DRAFT, SOLD, EXPIRED}
    assert len(world.for_sale_ids()) > 0.9 * len(world.listings)


def test_how_many_are_for_sale_can_be_said() -> None:
    world = World.generate(seed=1, listings=60, for_sale=50)
    assert len(world.for_sale_ids()) == 50
    assert len(world.ids()) == 60


def test_texts_hold_what_parsers_stumble_over(world: World) -> None:
    texts = [
        row.release.title + row.release.artist + row.release.format + row.comments for row in world.listings.values()
    ]
    for piece in ('12"', "&", "\r\n", "*", ", "):
        assert any(piece in text for text in texts), piece
    assert any(not text.isascii() for text in texts)
    assert any(row.release.year == 0 for row in world.listings.values())
    assert any(row.price != row.price.to_integral_value() for row in world.listings.values())


def test_a_sold_listing_is_part_of_an_order(world: World) -> None:
    sold = world.for_sale_ids()[4]
    order = world.sell(sold)
    assert world.listing(sold).status == SOLD
    assert [row.id for row in order.listings] == [sold]


def test_status_changes_leave_posted_alone(world: World) -> None:
    first, second, *_ = world.for_sale_ids()
    posted = world.listing(first).posted
    world.draft(first)
    world.expire(second)
    assert (world.listing(first).status, world.listing(second).status) == (DRAFT, EXPIRED)
    world.publish(first)
    assert world.listing(first).posted == posted


def test_a_deleted_listing_is_gone_until_it_is_restored(world: World) -> None:
    number = world.ids()[0]
    gone = world.delete(number)
    with pytest.raises(KeyError):
        world.listing(number)
    world.restore(gone)
    assert world.listing(number) is gone


def test_relisting_gives_a_new_id_at_the_end(world: World) -> None:
    old = world.ids()[0]
    fresh = world.relist(old)
    assert old not in world.listings
    assert world.ids()[-1] == fresh


def test_repricing_moves_to_the_end(world: World) -> None:
    number = world.ids()[0]
    world.reprice(number, Decimal("12.34"))
    assert world.listing(number).price == Decimal("12.34")
    assert world.ids()[-1] == number


def test_an_edit_may_name_fields_of_the_listing_and_of_its_release(world: World) -> None:
    number = world.ids()[0]
    world.edit(number, comments="Signed.", title="Renamed", price="3.10")
    row = world.listing(number)
    assert (row.comments, row.release.title, row.price) == ("Signed.", "Renamed", Decimal("3.10"))


def test_a_catalogue_edit_shows_on_every_listing_of_the_release(world: World) -> None:
    number = world.ids()[0]
    twin = world.add(release=world.listing(number).release)
    world.edit_release(world.listing(number).release.id, label="Merged Records")
    assert world.listing(twin).release.label == world.listing(number).release.label == "Merged Records"


def test_a_new_listing_takes_what_it_is_given(world: World) -> None:
    number = world.add(status=DRAFT, artist="Somebody Else", external_id="X-1")
    row = world.listing(number)
    assert (row.status, row.release.artist, row.external_id) == (DRAFT, "Somebody Else", "X-1")
    assert number == max(world.ids())


def test_another_shop_can_stand_in_its_place(world: World) -> None:
    other = World.generate(seed=99, listings=10)
    world.replace_with(other)
    assert world.listings == other.listings


def test_copies_come_move_and_go(world: World) -> None:
    release = next(iter(world.copies.values())).release
    number = world.add_copy(release.id, rating=5)
    world.edit_copy(number, folder_id=32)
    assert (world.copies[number].release, world.copies[number].folder_id) == (release, 32)
    world.remove_copy(number)
    assert number not in world.copies
    with pytest.raises(KeyError):
        world.add_copy(1)


def test_an_export_read_back_is_the_same_shop(world: World, tmp_path: object) -> None:
    path = tmp_path / "export.csv"  # type: ignore[operator]
    path.write_bytes(world.to_export_csv())
    again = World.from_export_csv(path, seller="Again", currency="GBP")
    assert list(again.listings) == world.ids()
    for number, row in again.listings.items():
        was = world.listing(number)
        assert (row.status, row.price, row.comments, row.posted) == (was.status, was.price, was.comments, was.posted)


def test_the_next_export_keeps_what_did_not_change(world: World, tmp_path: object) -> None:
    path = tmp_path / "export.csv"  # type: ignore[operator]
    path.write_bytes(world.to_export_csv())
    world.load_export_csv(path)
    before = dict(world.listings)
    gone, edited, *_ = world.ids()
    later = World.from_export_csv(path, seller="Later", currency="EUR")
    later.delete(gone)
    later.edit(edited, comments="Now with poster")
    path.write_bytes(later.to_export_csv())
    world.load_export_csv(path)
    assert gone not in world.listings
    assert world.listing(edited).comments == "Now with poster"
    assert all(world.listing(number) is before[number] for number in world.ids() if number != edited)


def test_the_clock_of_a_world_moves_with_its_changes(world: World) -> None:
    before = world.now()
    world.add()
    assert timedelta(0) < world.now() - before < timedelta(hours=1)


def test_listings_are_values(world: World) -> None:
    row = world.listing(world.ids()[0])
    assert replace(row) == row
    assert {field.name for field in fields(row)} >= {"id", "release", "price", "posted"}
