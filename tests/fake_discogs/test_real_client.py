"""python3-discogs-client, written for the real Discogs, gets along with the fake."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import discogs_client
import pytest
import requests

from scripts.fake_discogs import FakeDiscogs, World
from tests.fake_discogs.conftest import AGENT


@pytest.fixture
def client(fake: FakeDiscogs, monkeypatch: pytest.MonkeyPatch) -> discogs_client.Client:
    return at_home(fake, monkeypatch)(AGENT, user_token=fake.token)


def at_home(fake: FakeDiscogs, monkeypatch: pytest.MonkeyPatch) -> type[discogs_client.Client]:
    """The client as it is, but for the addresses it knows by heart."""
    monkeypatch.setattr(discogs_client.Client, "_base_url", fake.url)
    for name in ("request_token", "authorize", "access_token"):
        monkeypatch.setattr(discogs_client.Client, f"_{name}_url", f"{fake.url}/oauth/{name}")
    return discogs_client.Client


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


def test_it_pages_collection_and_wantlist(client: discogs_client.Client, world: World) -> None:
    while len(world.copies) < 130:
        world.add_copy()
    me = client.identity()
    [everything, *_] = me.collection_folders
    assert sorted(item.instance_id for item in everything.releases) == sorted(world.copies)
    dated = {item.instance_id: item.date_added for item in everything.releases}
    assert all(world.copies[number].added == moment for number, moment in dated.items())
    assert sorted(item.id for item in me.wantlist) == sorted(world.shelf().wants)
    assert me.collection_value.median.startswith("€")


def test_it_changes_collection_and_wantlist(client: discogs_client.Client, world: World) -> None:
    me = client.identity()
    [uncategorized] = [folder for folder in me.collection_folders if folder.id == 1]
    release = next(iter(world.shelf().wants))
    uncategorized.add_release(release)
    [item] = me.collection_items(release)
    uncategorized.move_release(item, 31)
    assert world.copies[item.instance_id].folder_id == 31
    [jazz] = [folder for folder in me.collection_folders if folder.id == 31]
    jazz.remove_release(item)
    assert item.instance_id not in world.copies
    me.wantlist.remove(release)
    me.wantlist.add(release, notes="any pressing", rating=4)
    assert (world.shelf().wants[release].notes, world.shelf().wants[release].rating) == ("any pressing", 4)


def test_it_reads_a_release_and_what_hangs_on_it(client: discogs_client.Client, world: World) -> None:
    row = next(row for row in world.listings.values() if row.release.master_id and row.status == "For Sale")
    release = client.release(row.release.id)
    assert (release.title, release.genres) == (row.release.title, list(row.release.genres))
    assert [track.title for track in release.tracklist]
    assert release.artists[0].name == row.release.artists[0].name
    assert release.labels[0].catno == row.release.labels[0].catno
    assert release.community.have == row.release.in_collection
    assert release.marketplace_stats.lowest_price.currency == "EUR"
    assert release.price_suggestions.mint.value > release.price_suggestions.good_plus.value
    assert row.release.id in {version.id for version in release.master.versions}
    assert release.artists[0].releases.count >= 1


def test_it_searches(client: discogs_client.Client, world: World) -> None:
    release = next(iter(world.catalogue().values()))
    found = client.search(release.title, type="release")
    assert release.id in {row.id for row in found}
    assert {type(row).__name__ for row in client.search(release.artists[0].name)} >= {"Release", "Artist"}


def test_it_learns_what_is_gone(client: discogs_client.Client, world: World) -> None:
    number = world.copies[world.copy_ids()[0]].release.id
    world.delete_release(number)
    with pytest.raises(discogs_client.exceptions.HTTPError) as caught:
        client.release(number).refresh()
    assert caught.value.status_code == 404


def test_it_dances(fake: FakeDiscogs, monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    client = at_home(fake, monkeypatch)(AGENT, world.consumer_key, world.consumer_secret)
    token, _secret, address = client.get_authorize_url("http://127.0.0.1:5999/callback")
    decision = {"oauth_token": token, "decision": "allow", "username": world.stranger.username}
    back = requests.post(address.split("?")[0], data=decision, timeout=5, allow_redirects=False)
    [verifier] = parse_qs(urlsplit(back.headers["Location"]).query)["oauth_verifier"]
    access = client.get_access_token(verifier)
    assert client.identity().username == world.stranger.username
    again = discogs_client.Client(AGENT, world.consumer_key, world.consumer_secret, *access)
    assert again.identity().id == world.stranger.id
    again.identity().wantlist.add(next(iter(world.shelf().wants)), rating=3)
    assert len(world.shelf(world.stranger).wants) == 1
    world.revoke_consents()
    with pytest.raises(discogs_client.exceptions.HTTPError) as caught:
        again.identity()
    assert caught.value.status_code == 401
