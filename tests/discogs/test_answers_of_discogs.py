"""Every status and body Discogs may answer with: what it is called, and whether it is tried again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
import responses

from app.core.outcomes import Reason
from app.discogs.throttle import OwnPace, Throttle
from app.errors import (
    Cancelled,
    DiscogsAPIError,
    DiscogsAuthenticationError,
    DiscogsNotFound,
    DiscogsRateLimitError,
    DiscogsResponseError,
)
from tests.discogs.conftest import API, CANARY, FakeTime, MakeClient
from tests.discogs.wire_server import page

INVENTORY = f"{API}/users/waxandco/inventory"
HTML = "<!DOCTYPE html><title>Just a moment...</title>"
CAP = '{"message": "Pagination above 100 disabled for inventories besides your own"}'
OUT_OF_RANGE = '{"message": "Page 9 is outside of valid range [1, 1]."}'

# status, body, content type → reason, tries with three retries allowed
ANSWERS = {
    "401": (401, '{"message": "no"}', "application/json", Reason.AUTH_REVOKED, 1),
    "403 JSON": (403, '{"message": "private"}', "application/json", Reason.AUTH_FORBIDDEN, 1),
    "403 page above 100": (403, CAP, "application/json", Reason.PAGE_CAP, 1),
    "403 challenge": (403, HTML, "text/html", Reason.BODY_HTML, 4),
    "404": (404, OUT_OF_RANGE, "application/json", Reason.HTTP_4XX, 1),
    "405": (405, "", "text/plain", Reason.HTTP_4XX, 1),
    "408": (408, "", "text/plain", Reason.HTTP_4XX, 4),
    "410": (410, "", "text/plain", Reason.HTTP_4XX, 1),
    "418": (418, "", "text/plain", Reason.HTTP_4XX, 1),
    "422": (422, '{"detail": [], "message": "bad"}', "application/json", Reason.HTTP_4XX, 1),
    "429": (429, "\n", "text/plain", Reason.HTTP_429, 4),
    "500": (500, '{"message": "oops"}', "application/json", Reason.HTTP_5XX, 4),
    "502": (502, HTML, "text/html", Reason.HTTP_5XX, 4),
    "503": (503, HTML, "text/html", Reason.HTTP_5XX, 4),
    "521": (521, "", "text/plain", Reason.HTTP_5XX, 4),
    "204": (204, "", "application/json", Reason.BODY_NOT_JSON, 4),
    "304": (304, "", "application/json", Reason.BODY_NOT_JSON, 4),
    "301 without a target": (301, "", "text/plain", Reason.HTTP_REDIRECT, 1),
    "300": (300, "", "text/plain", Reason.HTTP_REDIRECT, 1),
    "200 HTML": (200, HTML, "text/html", Reason.BODY_HTML, 4),
    "200 HTML called JSON": (200, "\n" + HTML, "application/json", Reason.BODY_HTML, 4),
    "200 plain text": (200, page().decode(), "text/plain", Reason.BODY_NOT_JSON, 4),
    "200 empty": (200, "", "application/json", Reason.BODY_NOT_JSON, 4),
    "200 newline": (200, "\n", "application/json", Reason.BODY_NOT_JSON, 4),
    "200 cut": (200, page()[:-20].decode(), "application/json", Reason.BODY_TRUNCATED, 4),
}


@pytest.mark.parametrize("name", ANSWERS)
@responses.activate
def test_each_answer_has_one_reason(make_client: MakeClient, name: str):
    status, body, kind, reason, tries = ANSWERS[name]
    responses.get(INVENTORY, status=status, body=body, content_type=kind)
    client = make_client()
    with pytest.raises(DiscogsAPIError) as failure:
        client.inventory_page("waxandco", 3, status="All")
    error = failure.value
    assert (error.reason, error.attempts, client.requests) == (reason, tries, tries)
    assert error.status == status
    assert error.url_path == "/users/waxandco/inventory?page=3"


@responses.activate
def test_without_a_token_a_401_means_that_one_is_missing(make_client: MakeClient):
    responses.get(INVENTORY, status=401, json={"message": "You must authenticate to access this resource."})
    with pytest.raises(DiscogsAuthenticationError) as failure:
        make_client(token=None).inventory_page("waxandco", 1)
    assert failure.value.reason is Reason.AUTH_MISSING
    assert failure.value.detail == "You must authenticate to access this resource."
    assert "Authorization" not in responses.calls[0].request.headers


@responses.activate
def test_a_missing_listing_is_not_found(make_client: MakeClient):
    responses.get(f"{API}/marketplace/listings/7", status=404, json={"message": "Item not found."})
    with pytest.raises(DiscogsNotFound):
        make_client().listing(7)


@responses.activate
def test_a_passing_failure_is_forgotten(make_client: MakeClient, time: FakeTime):
    responses.get(INVENTORY, status=503, body=HTML, content_type="text/html")
    responses.get(INVENTORY, status=200, body=page(), content_type="application/json")
    client = make_client()
    assert client.inventory_page("waxandco", 1).items == 1
    assert client.requests == 2
    assert time.told == [(0.5, "another try after http.5xx")]


@pytest.mark.parametrize(("allowed", "tries"), [(0, 1), (1, 2), (4, 5), (10, 11), (60, 61)])
@responses.activate
def test_retries_are_limited_by_the_setting_and_by_reason(make_client: MakeClient, allowed: int, tries: int):
    responses.get(INVENTORY, status=500)
    client = make_client(max_retries=allowed)
    with pytest.raises(DiscogsResponseError):
        client.inventory_page("waxandco", 1)
    assert client.requests == tries


@responses.activate
def test_a_run_stops_retrying_when_its_budget_is_spent(make_client: MakeClient):
    responses.get(INVENTORY, status=500)
    client = make_client(max_retries=3)
    client.expect_pages(50)
    for number in range(1, 6):
        with pytest.raises(DiscogsResponseError):
            client.inventory_page("waxandco", number)
    assert client.requests == 5 + 10


SAYS_WHEN = {
    "seconds": ("7", [7.0]),
    "at once": ("0", []),
    "negative": ("-5", [60.0]),
    "garbage": ("a while", [60.0]),
    "date": (format_datetime(datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC), usegmt=True), [30.0]),
    "exactly as long as we obey": ("120", [120.0]),
}


@pytest.mark.parametrize(("text", "waits"), SAYS_WHEN.values(), ids=SAYS_WHEN.keys())
@responses.activate
def test_a_429_that_says_when_is_obeyed(make_client: MakeClient, time: FakeTime, text: str, waits: list[float]):
    date = format_datetime(datetime(2026, 3, 2, 12, 0, tzinfo=UTC), usegmt=True)
    responses.get(INVENTORY, status=429, body="\n", headers={"Retry-After": text, "Date": date})
    responses.get(INVENTORY, status=200, body=page(), content_type="application/json")
    assert make_client().inventory_page("waxandco", 1).items == 1
    assert [round(seconds, 3) for seconds in time.waits] == waits


@responses.activate
def test_a_429_that_asks_for_too_much_ends_the_run_and_says_for_how_long(make_client: MakeClient, time: FakeTime):
    responses.get(INVENTORY, status=429, body="\n", headers={"Retry-After": "9999"})
    client = make_client()
    with pytest.raises(DiscogsRateLimitError) as failure:
        client.inventory_page("waxandco", 1)
    assert failure.value.retry_after == 9999
    assert (client.requests, time.waits) == (1, [])


@responses.activate
def test_a_silent_429_waits_for_the_window_and_in_the_end_gives_up(make_client: MakeClient, time: FakeTime):
    responses.get(INVENTORY, status=429, body="\n")
    with pytest.raises(DiscogsRateLimitError) as failure:
        make_client(max_retries=4, random=lambda: 0.0).inventory_page("waxandco", 1)
    assert failure.value.retry_after is None
    assert [round(seconds, 3) for seconds in time.waits] == [60, 120, 240, 240]


@responses.activate
def test_stopping_interrupts_a_wait(make_client: MakeClient):
    responses.get(INVENTORY, status=500)
    stop = threading.Event()
    client = make_client(stop=stop, sleep=lambda _seconds: stop.set())
    with pytest.raises(Cancelled) as cancelled:
        client.inventory_page("waxandco", 1)
    assert cancelled.value.reason is Reason.CANCELLED_SHUTDOWN
    assert client.requests == 1


@responses.activate
def test_who_is_told_to_stop_sends_nothing(make_client: MakeClient):
    class StoppedByAPerson(threading.Event):
        reason = Reason.CANCELLED_USER

    stop = StoppedByAPerson()
    stop.set()
    client = make_client(stop=stop)
    with pytest.raises(Cancelled) as cancelled:
        client.identity()
    assert cancelled.value.reason is Reason.CANCELLED_USER
    assert (client.requests, len(responses.calls)) == (0, 0)


@responses.activate
def test_a_redirect_within_discogs_is_followed_with_the_credential(make_client: MakeClient):
    responses.get(f"{API}/users/WaxAndCo", status=301, headers={"Location": "/users/waxandco"})
    responses.get(f"{API}/users/waxandco", json={"id": 5, "username": "waxandco"})
    assert make_client().user("WaxAndCo").username == "waxandco"
    assert responses.calls[1].request.headers["Authorization"] == f"Discogs token={CANARY}"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/users/x",
        "https://api.discogs.com.evil.example/",
        "//evil.example/",
        "http://api.discogs.com/users/x",
        "https://api.discogs.com:8443/users/x",
        "https://api.discogs.com@evil.example/",
        "https://user:pass@api.discogs.com/users/x",
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "https://[broken",
        "https://api.discogs.com:99999/",
    ],
)
@responses.activate
def test_a_redirect_elsewhere_is_not_followed(make_client: MakeClient, target: str):
    responses.get(f"{API}/oauth/identity", status=302, headers={"Location": target})
    with pytest.raises(DiscogsResponseError) as failure:
        make_client().identity()
    assert failure.value.reason is Reason.HTTP_REDIRECT
    assert len(responses.calls) == 1
    assert CANARY not in str(failure.value)


@responses.activate
def test_a_circle_of_redirects_ends(make_client: MakeClient):
    responses.get(f"{API}/oauth/identity", status=302, headers={"Location": "/oauth/identity"})
    client = make_client()
    with pytest.raises(DiscogsResponseError) as failure:
        client.identity()
    assert (failure.value.reason, client.requests) == (Reason.HTTP_REDIRECT, 3)


@responses.activate
def test_a_429_slows_everybody_who_shares_the_throttle(make_client: MakeClient, time: FakeTime):
    throttle = Throttle(1000, keeper=OwnPace(time))
    responses.get(INVENTORY, status=429, body="\n", headers={"Retry-After": "50"})
    responses.get(f"{API}/oauth/identity", json={"id": 5, "username": "waxandco"})
    stop = threading.Event()
    first = make_client(throttle=throttle, stop=stop, sleep=lambda _seconds: stop.set())
    with pytest.raises(Cancelled):
        first.inventory_page("waxandco", 1)
    start = time.now
    make_client(throttle=throttle).identity()
    assert time.now == start + 50


@pytest.mark.parametrize("name", ["wax\nand co", "", " ", "\u202ewax", "x" * 101, 7, None])
@responses.activate
def test_a_name_that_cannot_be_one_is_no_answer(make_client: MakeClient, name: object):
    responses.get("https://api.discogs.com/oauth/identity", json={"id": 1, "username": name})
    with pytest.raises(DiscogsResponseError) as failure:
        make_client().identity()
    assert failure.value.reason is Reason.SCHEMA_ENVELOPE
