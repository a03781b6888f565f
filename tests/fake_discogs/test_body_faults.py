"""Each status and body fault, read by a client that would like to believe."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import requests

from scripts.fake_discogs import FAULT_KINDS, FakeDiscogs, Fault
from scripts.fake_discogs.body_faults import gzip_bomb
from tests.fake_discogs.conftest import Person


@pytest.fixture
def body_of(fake: FakeDiscogs, owner: Person) -> Callable[..., tuple[bytes, requests.Response]]:
    """The undecoded body of a page hit by a fault, and its response."""

    def ask(kind: str, **args: Any) -> tuple[bytes, requests.Response]:
        fake.faults.add(Fault(kind, hits=[1], args=args))
        path = f"{fake.url}/users/{fake.world.seller.username}/inventory"
        with owner.session.get(path, timeout=10, stream=True, headers={"Accept-Encoding": "identity"}) as answer:
            return answer.raw.read(decode_content=False), answer

    return ask


Body = Callable[..., tuple[bytes, requests.Response]]


@pytest.mark.parametrize(
    ("args", "body", "kind"),
    [
        ({"status": 500}, b"<!DOCTYPE html>", "text/html; charset=UTF-8"),
        ({"status": 503, "body": "json"}, b'{"message":', "application/json"),
        ({"status": 404}, b'{"message":"User does not exist', "application/json"),
        ({"status": 403, "body": "html"}, b"<!DOCTYPE html>", "text/html; charset=UTF-8"),
        ({"status": 418, "body": "short and stout"}, b"short and stout", "text/plain"),
    ],
)
def test_a_status_comes_with_the_body_that_discogs_would_send(
    body_of: Body, args: dict[str, Any], body: bytes, kind: str
) -> None:
    received, answer = body_of("status", **args)
    assert answer.status_code == args["status"]
    assert received.startswith(body)
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["x-discogs-ratelimit"] == "60"


def test_a_429_is_a_newline_and_tells_no_time_unless_asked(body_of: Body) -> None:
    received, answer = body_of("status", status=429)
    assert (received, "Retry-After" in answer.headers) == (b"\n", False)


@pytest.mark.parametrize("value", ["5", 0, -1, "9999", "Wed, 21 Oct 2026 07:28:00 GMT", "soon"])
def test_retry_after_in_every_spelling(body_of: Body, value: object) -> None:
    assert body_of("status", status=429, retry_after=value)[1].headers["Retry-After"] == str(value)


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body(body_of: Body, status: int) -> None:
    received, answer = body_of("status", status=status)
    assert (received, answer.status_code) == (b"", status)


@pytest.mark.parametrize(
    ("to", "begins"),
    [
        ("other_host", "https://attacker.invalid/users/"),
        ("http", "http://api.discogs.com/users/"),
        ("loop", "/users/"),
        ("metadata", "http://169.254.169.254/"),
        ("http://127.0.0.1:9/x", "http://127.0.0.1:9/x"),
    ],
)
def test_redirects_lead_where_they_should_not(fake: FakeDiscogs, owner: Person, to: str, begins: str) -> None:
    fake.faults.add(Fault("redirect", to=to, status=301))
    answer = owner.inventory()
    assert answer.status_code == 301
    assert answer.headers["Location"].startswith(begins)


def test_pages_of_html_and_nothing_at_all(body_of: Body) -> None:
    received, answer = body_of("html200")
    assert (answer.status_code, received[:15]) == (200, b"<!DOCTYPE html>")
    assert body_of("empty200")[0] == b""
    assert body_of("newline200")[0] == b"\n"
    assert body_of("null")[0] == b"null"
    assert body_of("raw", body='{"a":1}')[0] == b'{"a":1}'


def test_truncated_json_has_a_length_that_fits(body_of: Body) -> None:
    received, answer = body_of("truncated_json")
    assert len(received) == int(answer.headers["Content-Length"])
    with pytest.raises(json.JSONDecodeError):
        json.loads(received)


def test_the_right_json_under_a_wrong_name(body_of: Body) -> None:
    received, answer = body_of("wrong_ct")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert json.loads(received)["pagination"]["page"] == 1


def test_encodings_that_are_not_utf_8(body_of: Body) -> None:
    assert body_of("bom")[0].startswith(b"\xef\xbb\xbf{")
    assert json.loads(body_of("utf16")[0].decode("utf-16"))["pagination"]["page"] == 1
    with pytest.raises(UnicodeDecodeError):
        body_of("latin1")[0].decode()


@pytest.mark.parametrize("kind", ["bad_gzip", "not_gzip", "truncated_gzip", "deflate_as_gzip"])
def test_gzip_that_is_none(body_of: Body, kind: str) -> None:
    received, answer = body_of(kind)
    assert answer.headers["Content-Encoding"] == "gzip"
    with pytest.raises((OSError, EOFError, zlib.error)):
        gzip.decompress(received)


def test_an_encoding_nobody_asked_for(body_of: Body) -> None:
    assert body_of("brotli")[1].headers["Content-Encoding"] == "br"


def test_a_gzip_bomb_is_small_until_it_is_opened(body_of: Body) -> None:
    received, _ = body_of("gzip_bomb", size=20 * 2**20)
    opened = gzip.decompress(received)
    assert len(opened) > 20 * 2**20 > 20 * len(received)
    assert json.loads(opened)["pagination"]["page"] == 1


def test_a_bomb_of_300_megabytes_weighs_less_than_one(body_of: Body) -> None:
    assert len(gzip_bomb(300 * 2**20, b"{}")) < 2**20


def test_json_that_parsers_choke_on(body_of: Body) -> None:
    with pytest.raises(RecursionError):
        json.loads(body_of("json_deep")[0])
    with pytest.raises(ValueError, match="4300 digits"):
        json.loads(body_of("json_bigint")[0])


@pytest.mark.parametrize(("kind", "literal"), [("json_nan", b":NaN"), ("json_inf", b":1e400")])
def test_numbers_that_are_none(body_of: Body, kind: str, literal: bytes) -> None:
    received, _ = body_of(kind)
    assert literal in received
    with pytest.raises(ValueError, match="Out of range"):
        json.dumps(json.loads(received), allow_nan=False)


def test_the_last_of_two_equal_keys_empties_the_page(body_of: Body) -> None:
    received, _ = body_of("dup_keys")
    assert received.count(b'"listings":') == 2
    assert json.loads(received)["listings"] == []


def test_a_list_instead_of_an_object(body_of: Body) -> None:
    assert isinstance(json.loads(body_of("not_object")[0]), list)


@pytest.mark.parametrize("kind", sorted(name for name, kind in FAULT_KINDS.items() if kind.stage == "body"))
def test_body_faults_leave_the_status_alone(body_of: Body, kind: str) -> None:
    args = {"size": 2**20} if kind == "gzip_bomb" else {}
    assert body_of(kind, **args)[1].status_code == 200
