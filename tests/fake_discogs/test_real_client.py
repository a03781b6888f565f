"""python3-discogs-client, written for the real Discogs, gets along with the fake."""

from __future__ import annotations

import discogs_client
import pytest

from scripts.fake_discogs import FakeDiscogs, World
from tests.fake_discogs.conftest import AGENT


@pytest.fixture
def client(fake: FakeDiscogs, monkeypatch: pytest.MonkeyPatch) -> discogs_client.Client:
    monkeypatch.setattr(discogs_client.Client, "_base_url", fake.url)
    return discogs_client.Client(AGENT, user_token=fake.token)


def test_it_sees_every_listing_exactly_once(client: discogs_client.Client, world: World) -> None:
    me = client.identity()
    assert me.username == world.seller.username
    inventory = me.inventory
    inventory.per_page = 100
    seen = [listing.id for listing in inventory]
    assert sorted(seen) == sorted(world.listings)
    assert inventory.count == len(world.listings)


def test_it_reads_a_listing(client: discogs_client.Client, world: World) -> None:
    number = world.for_sale_ids()[0]
    listing = client.listing(number)
    assert listing.status == "For Sale"
    assert listing.price.currency == "EUR"
    assert listing.release.id == world.listing(number).release.id


def test_it_reads_the_collection(client: discogs_client.Client, world: World) -> None:
    [everything, *_] = client.identity().collection_folders
    assert sorted(item.instance_id for item in everything.releases) == sorted(world.copies)


def test_it_sends_its_token_in_the_query_and_is_understood(fake: FakeDiscogs, client: discogs_client.Client) -> None:
    client.identity()
    assert fake.audit[0].query == {"token": fake.token}
    assert "authorization" not in fake.audit[0].headers
