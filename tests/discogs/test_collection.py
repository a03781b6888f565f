"""What is asked about collections and wantlists, and how strictly the answers are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import responses

from app.core.copies import parse_copy
from app.core.copy_records import CollectionField, Copy, Folder
from app.core.outcomes import Reason
from app.discogs.client import DiscogsClient
from app.discogs.throttle import Throttle
from app.errors import DiscogsAuthenticationError, DiscogsNotFound, DiscogsPrivate, DiscogsResponseError
from config import Secret
from scripts.fake_discogs import FakeDiscogs, World
from tests.discogs.conftest import API, MakeClient

COLLECTION = f"{API}/users/waxandco/collection"
WANTS = f"{API}/users/waxandco/wants"

Question = Callable[[DiscogsClient], object]
QUESTIONS: dict[str, tuple[str, Question]] = {
    "folders": (f"{COLLECTION}/folders", lambda client: client.collection_folders("waxandco")),
    "fields": (f"{COLLECTION}/fields", lambda client: client.collection_fields("waxandco")),
    "copies": (f"{COLLECTION}/folders/0/releases", lambda client: client.collection_page("waxandco", 1)),
    "of a release": (f"{COLLECTION}/releases/7", lambda client: client.copies_of_release("waxandco", 7)),
    "wants": (WANTS, lambda client: client.wants_page("waxandco", 1)),
}
every_question = pytest.mark.parametrize(("url", "ask"), QUESTIONS.values(), ids=QUESTIONS.keys())


def envelope(key: str, rows: list[object], **changes: int) -> dict[str, Any]:
    numbers = {"page": 1, "pages": 1, "per_page": 100, "items": len(rows), "urls": {}} | changes
    return {"pagination": numbers, key: rows}


@responses.activate
def test_copies_are_asked_for_in_an_order_that_keeps_still(make_client: MakeClient):
    responses.get(f"{COLLECTION}/folders/0/releases", json=envelope("releases", [{"id": 1}]))
    found = make_client().collection_page("waxandco", 1)
    assert (found.page, found.pages, found.items, found.rows) == (1, 1, 1, [{"id": 1}])
    assert responses.calls[0].request.params == {"page": "1", "per_page": "100", "sort": "added", "sort_order": "asc"}


@every_question
@responses.activate
def test_403_is_private_and_never_empty(make_client: MakeClient, url: str, ask: Question):
    responses.get(url, status=403, json={"message": "You don't have permission to access this resource."})
    client = make_client()
    with pytest.raises(DiscogsPrivate) as failure:
        ask(client)
    assert (failure.value.reason, failure.value.status, client.requests) == (Reason.SELLER_PRIVATE, 403, 1)


@every_question
@responses.activate
def test_401_is_about_the_credential(make_client: MakeClient, url: str, ask: Question):
    responses.get(url, status=401, json={"message": "Invalid consumer token."})
    with pytest.raises(DiscogsAuthenticationError) as failure:
        ask(make_client())
    assert failure.value.reason is Reason.AUTH_REVOKED


@every_question
@responses.activate
def test_404_is_nobody(make_client: MakeClient, url: str, ask: Question):
    responses.get(url, status=404, json={"message": "User does not exist or may have been deleted."})
    with pytest.raises(DiscogsNotFound):
        ask(make_client())


@pytest.mark.parametrize("body", [{}, [], {"folders": None}, {"fields": {}}, {"pagination": {}, "releases": []}])
@every_question
@responses.activate
def test_a_broken_envelope_is_refused(make_client: MakeClient, url: str, ask: Question, body: object):
    responses.get(url, json=body)
    with pytest.raises(DiscogsResponseError) as failure:
        ask(make_client())
    assert failure.value.reason is Reason.SCHEMA_ENVELOPE


FOLDER: dict[str, object] = {"id": 1, "name": "Uncategorized", "count": 3}


@pytest.mark.parametrize(
    "folders",
    [[FOLDER, FOLDER], [FOLDER | {"id": "1"}], [FOLDER | {"count": None}], [FOLDER | {"name": None}], ["All"]],
    ids=["an id twice", "an id as text", "no count", "no name", "no object"],
)
@responses.activate
def test_folders_that_make_no_sense_are_refused(make_client: MakeClient, folders: list[object]):
    responses.get(f"{COLLECTION}/folders", json={"folders": folders})
    with pytest.raises(DiscogsResponseError) as failure:
        make_client().collection_folders("waxandco")
    assert failure.value.reason is Reason.SCHEMA_ENVELOPE


@responses.activate
def test_more_copies_of_a_release_than_fit_on_a_page_are_all_found(make_client: MakeClient):
    url, rows = f"{COLLECTION}/releases/7", [{"instance_id": number} for number in range(130)]
    for page, part in ((1, rows[:100]), (2, rows[100:])):
        wanted = responses.matchers.query_param_matcher({"page": str(page), "per_page": "100"})
        responses.get(url, json=envelope("releases", list(part), page=page, pages=2, items=130), match=[wanted])
    assert make_client().copies_of_release("waxandco", 7) == rows


@responses.activate
def test_copies_that_were_announced_and_did_not_come_prove_no_absence(make_client: MakeClient):
    responses.get(f"{COLLECTION}/releases/7", json=envelope("releases", [], items=2))
    with pytest.raises(DiscogsResponseError) as failure:
        make_client().copies_of_release("waxandco", 7)
    assert failure.value.reason is Reason.PAGE_SHORT


@pytest.fixture
def fake() -> Iterator[FakeDiscogs]:
    with FakeDiscogs(World.generate(seed=3, listings=10, copies=130)) as running:
        yield running


def client_of(fake: FakeDiscogs, token: str | None) -> DiscogsClient:
    return DiscogsClient(
        api_url=fake.url,
        token=Secret(token) if token else None,
        user_agent="Waxmirror-Test/1.0 +https://example.org",
        throttle=Throttle(100_000),
    )


def test_the_owner_reads_the_whole_collection(fake: FakeDiscogs):
    seller, client = fake.world.seller.username, client_of(fake, fake.world.token)
    folders = client.collection_folders(seller)
    fields = client.collection_fields(seller)
    first = client.collection_page(seller, 1)
    pages = [first, *(client.collection_page(seller, number) for number in range(2, first.pages + 1))]
    copies = [parse_copy(row, (f"{fake.url}/",)) for page in pages for row in page.rows]
    assert all(isinstance(copy, Copy) for copy in copies)
    assert {copy.instance_id for copy in copies if isinstance(copy, Copy)} == set(fake.world.shelf().copies)
    assert folders[0] == Folder(0, "All", len(copies))
    assert sum(folder.copies for folder in folders[1:]) == len(copies)
    assert fields[0] == CollectionField(1, "Media Condition", "dropdown", 1, True, fields[0].options, None)
    assert "Mint (M)" in fields[0].options


def test_a_copy_is_found_by_its_release_until_it_is_gone(fake: FakeDiscogs):
    seller, client = fake.world.seller.username, client_of(fake, fake.world.token)
    number, copy = next(iter(fake.world.shelf().copies.items()))
    second = fake.world.add_copy(copy.release.id)
    assert {number, second} <= keys(client.copies_of_release(seller, copy.release.id))
    fake.world.remove_copy(number)
    assert number not in keys(client.copies_of_release(seller, copy.release.id))


def keys(rows: list[object]) -> set[int]:
    return {found.instance_id for row in rows if isinstance(found := parse_copy(row), Copy)}


def test_a_stranger_is_shown_what_is_public_and_told_what_is_not(fake: FakeDiscogs):
    seller, stranger = fake.world.seller.username, client_of(fake, None)
    fake.world.set_private(False)
    assert [folder.folder_id for folder in stranger.collection_folders(seller)] == [0]
    assert stranger.collection_page(seller, 1).items == len(fake.world.shelf().copies)
    with pytest.raises(DiscogsPrivate):
        stranger.collection_fields(seller)
    fake.world.set_private(True, wants=True)
    for ask in (stranger.collection_page, stranger.wants_page, stranger.copies_of_release):
        with pytest.raises(DiscogsPrivate):
            ask(seller, 1)


def test_the_wantlist_is_read(fake: FakeDiscogs):
    seller, client = fake.world.seller.username, client_of(fake, fake.world.token)
    assert client.wants_page(seller, 1).items == len(fake.world.shelf().wants)
