"""Each wire fault, seen from the other end of the socket."""

import contextlib
import socket
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import requests

from scripts.fake_discogs import FAULT_KINDS, FakeDiscogs, Fault
from tests.fake_discogs.conftest import Person

Wire = Callable[[], bytes]
WIRE = sorted(name for name, kind in FAULT_KINDS.items() if kind.stage == "wire")


def split(received: bytes) -> tuple[dict[str, str], bytes]:
    """Headers and whatever followed them."""
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}, body


def promised(headers: dict[str, str]) -> int:
    return int(headers["content-length"])


@pytest.mark.parametrize("kind", ["refuse", "reset_before"])
def test_a_reset_comes_instead_of_an_answer(fake: FakeDiscogs, wire: Wire, kind: str) -> None:
    fake.faults.add(Fault(kind))
    with pytest.raises(ConnectionResetError):
        wire()


def test_a_refused_connection_is_never_asked_anything(fake: FakeDiscogs, wire: Wire) -> None:
    fake.faults.add(Fault("refuse", path="*", hits=[1, 2]))
    for _ in range(2):
        with pytest.raises(OSError):
            wire()
    assert fake.audit == []
    assert wire().startswith(b"HTTP/1.1 200 OK")


def test_a_reset_in_the_middle_comes_after_part_of_the_body(fake: FakeDiscogs, owner: Person) -> None:
    fake.faults.add(Fault("reset_mid"))
    with pytest.raises(requests.exceptions.RequestException) as caught:
        owner.inventory()
    assert "reset" in str(caught.value).lower()


def test_closed_early_means_not_a_byte(fake: FakeDiscogs, wire: Wire) -> None:
    fake.faults.add(Fault("close_early"))
    assert wire() == b""


@pytest.mark.parametrize(("share", "expected"), [(0.5, 0.5), (0, 0), (0.9, 0.9)])
def test_a_truncated_stream_promises_more_than_it_sends(
    fake: FakeDiscogs, wire: Wire, share: float, expected: float
) -> None:
    fake.faults.add(Fault("truncated_stream", share=share))
    headers, body = split(wire())
    assert len(body) == int(promised(headers) * expected)


def test_a_bad_chunk_has_a_size_that_is_no_number(fake: FakeDiscogs, wire: Wire) -> None:
    fake.faults.add(Fault("bad_chunk"))
    headers, body = split(wire())
    assert headers["transfer-encoding"] == "chunked"
    assert "content-length" not in headers
    size, rest = body.split(b"\r\n", 1)
    assert rest[int(size, 16) :].startswith(b"\r\nzz\r\n")


def test_truncated_chunks_have_no_end(fake: FakeDiscogs, wire: Wire) -> None:
    fake.faults.add(Fault("truncated_chunks"))
    _, body = split(wire())
    assert not body.endswith(b"0\r\n\r\n")


def test_headers_can_be_huge_or_many(fake: FakeDiscogs, wire: Wire) -> None:
    fake.faults.add(Fault("huge_headers", hits=[1]), Fault("many_headers", hits=[2]))
    assert len(split(wire())[0]["x-padding"]) == 100_000
    assert len([name for name in split(wire())[0] if name.startswith("x-padding")]) == 500


def test_extra_bytes_follow_a_right_answer(fake: FakeDiscogs, owner: Person) -> None:
    fake.faults.add(Fault("extra_bytes", hits=[1]))
    received = owner.session.get(f"{fake.url}/users/{fake.world.seller.username}/inventory", timeout=5)
    assert received.json()["pagination"]["items"] == 230


def test_extra_bytes_look_like_another_answer(fake: FakeDiscogs) -> None:
    fake.faults.add(Fault("extra_bytes"))
    headers, body = _until_the_second_answer(fake)
    stray = body[promised(headers) :]
    assert stray.startswith(b"HTTP/1.1 200 OK")


def _until_the_second_answer(fake: FakeDiscogs) -> tuple[dict[str, str], bytes]:
    host, port = fake.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        path = f"/users/{fake.world.seller.username}/inventory"
        connection.sendall(f"GET {path} HTTP/1.1\r\nUser-Agent: x\r\n\r\n".encode())
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 2:
            received += connection.recv(65536)
    return split(received)


def test_another_protocol_may_answer(fake: FakeDiscogs, wire: Wire) -> None:
    fake.faults.add(Fault("not_http"))
    assert wire().startswith(b"220 ")


def test_latency_only_delays(fake: FakeDiscogs, owner: Person) -> None:
    fake.faults.add(Fault("latency", seconds=0.05))
    assert owner.inventory().json()["pagination"]["items"] == 230


def test_a_kept_connection_may_turn_out_closed(fake: FakeDiscogs, wire: Wire) -> None:
    fake.faults.add(Fault("idle_close"))
    headers, body = split(wire())
    assert headers["connection"] == "keep-alive"
    assert len(body) == promised(headers)


def test_a_slow_body_arrives_in_pieces(fake: FakeDiscogs, wire: Wire) -> None:
    fake.faults.add(Fault("slow_body", chunk=200_000, interval=0.01))
    headers, body = split(wire())
    assert len(body) == promised(headers)


@pytest.mark.parametrize("kind", ["stall_headers", "stall_body", "slow_body"])
def test_a_client_that_waits_is_timed_out(fake: FakeDiscogs, owner: Person, kind: str) -> None:
    fake.faults.add(Fault(kind))
    with pytest.raises(requests.exceptions.RequestException):
        owner.session.get(f"{fake.url}/users/{fake.world.seller.username}/inventory", timeout=0.1)


@pytest.mark.parametrize("kind", ["stall_headers", "stall_body", "slow_body"])
def test_nothing_that_stalls_outlives_the_server(fake: FakeDiscogs, kind: str) -> None:
    fake.faults.add(Fault(kind))
    reached = threading.Event()
    fake.before_request(lambda _number, _request: reached.set())
    somebody = Person(fake)
    waiting = threading.Thread(target=_ask_in_vain, args=(somebody,))
    waiting.start()
    assert reached.wait(5)
    name = f"fake-discogs {urlsplit(fake.url).port}"
    assert name in {thread.name for thread in threading.enumerate()}
    fake.stop()
    waiting.join(5)
    somebody.session.close()
    assert not waiting.is_alive()
    assert [thread.name for thread in threading.enumerate() if thread.name == name] == []


def _ask_in_vain(somebody: Person) -> None:
    with pytest.raises(requests.exceptions.RequestException):
        somebody.inventory()


BRIEF = {"stall_headers": {"seconds": 0.01}, "stall_body": {"seconds": 0.01}, "slow_body": {"chunk": 10**6}}


@pytest.mark.parametrize("kind", WIRE)
def test_after_any_wire_fault_the_next_connection_works(fake: FakeDiscogs, wire: Wire, kind: str) -> None:
    fake.faults.add(Fault(kind, hits=[1], args=BRIEF.get(kind)))
    with contextlib.suppress(OSError):
        wire()
    headers, body = split(wire())
    assert len(body) == promised(headers)
