"""What is asked of Discogs, and how strictly its answers are read."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from app.core.outcomes import Reason
from app.discogs.answers import Identity, UserProfile
from app.discogs.client import MOST_RELEASE_BYTES
from app.discogs.envelope import pagination_of
from app.errors import ConfigurationError, DiscogsNotFound, DiscogsResponseError
from config import Secret
from tests.discogs.conftest import API, CANARY, MakeClient
from tests.discogs.wire_server import page

INVENTORY = f"{API}/users/waxandco/inventory"
SOUND: dict[str, Any] = {"page": 2, "pages": 6, "per_page": 100, "items": 538, "urls": {}}
ROWS = [{"id": number} for number in range(100)]

BROKEN_NUMBERS = {
    "no page": {"page": None},
    "another page": {"page": 3},
    "page as text": {"page": "2"},
    "page as truth": {"page": True},
    "page as fraction": {"page": 2.0},
    "no pages": {"pages": 0},
    "negative pages": {"pages": -1},
    "pages that do not fit": {"pages": 5},
    "per_page of nothing": {"per_page": 0},
    "per_page above the maximum": {"per_page": 500, "pages": 2},
    "negative items": {"items": -1},
    "items as text": {"items": "538"},
    "a trillion items": {"items": 10**12, "pages": 10**10},
    "items as a list": {"items": [538]},
    "nothing for sale on six pages": {"items": 0},
}
BROKEN_BODIES: dict[str, object] = {
    "a list": [],
    "null": None,
    "a text": "pagination",
    "an empty object": {},
    "no listings": {"pagination": SOUND},
    "listings null": {"pagination": SOUND, "listings": None},
    "listings an object": {"pagination": SOUND, "listings": {}},
    "too many listings": {"pagination": SOUND, "listings": [{}] * 101},
    "pagination a list": {"pagination": [], "listings": []},
    **{
        name: {"pagination": {**SOUND, **change}, "listings": ROWS}
        for name, change in BROKEN_NUMBERS.items()
    },
}  # fmt: skip


@responses.activate
def test_a_page_is_asked_for_in_an_order_that_keeps_still(make_client: MakeClient):
    responses.get(INVENTORY, body=page(2, items=538, rows=100), content_type="application/json")
    found = make_client().inventory_page("waxandco", 2, status="For Sale")
    request = responses.calls[0].request
    assert (found.page, found.pages, found.items, len(found.rows)) == (2, 6, 538, 100)
    assert found.body_bytes == len(page(2, items=538, rows=100))
    assert request.params == {
        "page": "2",
        "per_page": "100",
        "sort": "listed",
        "sort_order": "asc",
        "status": "For Sale",
    }


@responses.activate
def test_without_a_status_none_is_sent(make_client: MakeClient):
    responses.get(INVENTORY, body=page(), content_type="application/json")
    make_client().inventory_page("waxandco", 1)
    assert "status" not in responses.calls[0].request.params


@responses.activate
def test_every_request_says_who_asks(make_client: MakeClient):
    responses.get(INVENTORY, body=page(), content_type="application/json")
    make_client().inventory_page("waxandco", 1)
    headers = responses.calls[0].request.headers
    assert headers["User-Agent"] == "Waxmirror-Test/1.0 +https://example.org"
    assert headers["Authorization"] == f"Discogs token={CANARY}"
    assert headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("username", "path"),
    [("a/../b", "a%2F..%2Fb"), ("who?page=9", "who%3Fpage%3D9"), ("Björk #1", "Bj%C3%B6rk%20%231"), ("x%2f", "x%252f")],
)
@responses.activate
def test_a_name_cannot_leave_its_place_in_the_address(make_client: MakeClient, username: str, path: str):
    responses.get(f"{API}/users/{path}", json={"id": 5, "username": username})
    make_client().user(username)
    assert responses.calls[0].request.url == f"{API}/users/{path}"


@pytest.mark.parametrize("body", BROKEN_BODIES.values(), ids=BROKEN_BODIES.keys())
@responses.activate
def test_a_broken_envelope_is_refused(make_client: MakeClient, body: object):
    responses.get(INVENTORY, body=json.dumps(body), content_type="application/json")
    client = make_client()
    with pytest.raises(DiscogsResponseError) as failure:
        client.inventory_page("waxandco", 2)
    assert (failure.value.reason, client.requests) == (Reason.SCHEMA_ENVELOPE, 1)
    assert failure.value.detail


def test_an_empty_shop_has_one_page():
    empty = {"pagination": {"page": 1, "pages": 1, "per_page": 100, "items": 0, "urls": {}}, "listings": []}
    found, rows = pagination_of(empty, "listings", asked_page=1)
    assert (found.pages, found.items, rows) == (1, 0, [])


numbers = st.integers(-1, 5) | st.integers()
anything = st.none() | st.booleans() | numbers | st.floats() | st.text() | st.lists(st.integers())


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("page", "pages", "per_page", "items"), anything)))
def test_whatever_passes_adds_up(numbers: dict[str, object]):
    try:
        found, _ = pagination_of({"pagination": numbers, "listings": []}, "listings", asked_page=1)
    except DiscogsResponseError:
        return
    assert found.page == 1
    assert (found.pages - 1) * found.per_page < max(1, found.items) <= found.pages * found.per_page


@responses.activate
def test_identity_and_profile_are_read(make_client: MakeClient):
    responses.get(f"{API}/oauth/identity", json={"id": 4711, "username": "WaxAndCo", "consumer_name": "x"})
    responses.get(
        f"{API}/users/waxandco", json={"id": 4711, "username": "WaxAndCo", "curr_abbr": "EUR", "num_for_sale": 9}
    )
    client = make_client()
    assert client.identity() == Identity(4711, "WaxAndCo")
    assert client.user("waxandco") == UserProfile(4711, "WaxAndCo", "EUR", 9)


@responses.activate
def test_a_profile_may_keep_the_numbers_to_itself(make_client: MakeClient):
    responses.get(
        f"{API}/users/waxandco", json={"id": 4711, "username": "WaxAndCo", "curr_abbr": "", "num_for_sale": True}
    )
    assert make_client().user("waxandco") == UserProfile(4711, "WaxAndCo", None, None)


@pytest.mark.parametrize(
    "body",
    [[], "me", {}, {"id": "4711", "username": "x"}, {"id": True, "username": "x"}, {"id": 1, "username": ""}],
)
@responses.activate
def test_an_identity_without_id_or_name_is_refused(make_client: MakeClient, body: object):
    responses.get(f"{API}/oauth/identity", json=body)
    with pytest.raises(DiscogsResponseError) as failure:
        make_client().identity()
    assert failure.value.reason is Reason.SCHEMA_ENVELOPE


@responses.activate
def test_a_listing_is_given_as_it_is(make_client: MakeClient):
    responses.get(f"{API}/marketplace/listings/4330635001", json={"id": 4330635001, "status": "Sold"})
    assert make_client().listing(4330635001)["status"] == "Sold"


@pytest.mark.parametrize(
    "address",
    [
        "ftp://api.discogs.com",
        "api.discogs.com",
        "https://",
        "https://me:pw@api.discogs.com",
        "https://a?b=c",
        "https://a:b",
    ],
)
def test_an_address_that_cannot_work_is_refused_at_once(make_client: MakeClient, address: str):
    with pytest.raises(ConfigurationError) as refusal:
        make_client(address)
    assert "pw" not in str(refusal.value)


@pytest.mark.parametrize("token", ["two\r\nlines: x", "trailing ", "nön-ascii", "nul\x00"])
def test_a_token_that_no_header_can_carry_is_refused_without_being_quoted(make_client: MakeClient, token: str):
    with pytest.raises(ConfigurationError) as refusal:
        make_client(token=Secret(token))
    assert token not in str(refusal.value)


@responses.activate
def test_a_path_in_the_address_is_kept(make_client: MakeClient):
    responses.get("http://127.0.0.1:8000/discogs/oauth/identity", json={"id": 1, "username": "x"})
    assert make_client("http://127.0.0.1:8000/discogs/").identity().username == "x"


@responses.activate
def test_a_release_comes_as_it_is_told(make_client: MakeClient):
    responses.get(f"{API}/releases/987001", json={"id": 987001, "title": "Example Days"})
    assert make_client().release(987001) == {"id": 987001, "title": "Example Days"}


@responses.activate
def test_a_deleted_release_is_not_found(make_client: MakeClient):
    responses.get(f"{API}/releases/5", status=404, json={"message": "Release not found."})
    with pytest.raises(DiscogsNotFound):
        make_client().release(5)


@responses.activate
def test_a_release_larger_than_any_is_refused(make_client: MakeClient):
    responses.get(f"{API}/releases/5", body=b'{"id": 5, "notes": "' + b"x" * MOST_RELEASE_BYTES + b'"}')
    with pytest.raises(DiscogsResponseError) as failure:
        make_client(max_retries=0).release(5)
    assert failure.value.reason is Reason.BODY_TOO_LARGE


@responses.activate
def test_a_release_that_is_a_list_is_refused(make_client: MakeClient):
    responses.get(f"{API}/releases/5", json=[{"id": 5}])
    with pytest.raises(DiscogsResponseError) as failure:
        make_client(max_retries=0).release(5)
    assert failure.value.reason is Reason.SCHEMA_ENVELOPE
