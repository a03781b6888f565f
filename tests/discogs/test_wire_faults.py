"""Answers that break on the way: each has its name, and none of them can hold us or fill our memory."""

from __future__ import annotations

import gzip
import socket
import threading
import time as real_time
import zlib
from collections.abc import Callable

import pytest

from app.core.outcomes import Reason
from app.errors import Cancelled, DiscogsAPIError, DiscogsResponseError
from app.wire.exchange import Timeouts
from tests.discogs.conftest import MakeClient
from tests.discogs.wire_server import Answerer, WireServer, and_hang_up, answer, page, reset

SHORT = Timeouts(connect=1.0, read=0.6, total=1.0)
GZIP = "Content-Encoding: gzip"
CHUNKED = "Transfer-Encoding: chunked"
PACKED = gzip.compress(page())


def chunked(body: bytes, *, closing: bytes = b"0\r\n\r\n") -> bytes:
    return answer(b"%x\r\n%s\r\n%s" % (len(body), body, closing), CHUNKED)


BROKEN: dict[str, tuple[bytes | Answerer, Reason]] = {
    "reset before the headers": (reset, Reason.NET_RESET),
    "closed before the headers": (lambda connection: connection.shutdown(socket.SHUT_RDWR), Reason.NET_RESET),
    "closed in the headers": (and_hang_up(b"HTTP/1.1 200 OK\r\nContent-Ty"), Reason.BODY_NOT_JSON),
    "no HTTP at all": (and_hang_up(b"SSH-2.0-OpenSSH_9.2\r\n"), Reason.NET_RESET),
    "closed in the body": (and_hang_up(answer(page()[:30], length=len(page()))), Reason.BODY_TRUNCATED),
    "closed in a packed body": (and_hang_up(answer(PACKED[:30], GZIP, length=len(PACKED))), Reason.BODY_TRUNCATED),
    "packed body without its end": (answer(PACKED[:-9], GZIP), Reason.BODY_TRUNCATED),
    "chunked body without its end": (and_hang_up(chunked(page(), closing=b"")), Reason.BODY_TRUNCATED),
    "chunk of nonsense size": (and_hang_up(chunked(page(), closing=b"zz\r\n")), Reason.BODY_TRUNCATED),
    "JSON cut, length right": (answer(page()[:40]), Reason.BODY_TRUNCATED),
    "no gzip": (answer(page(), GZIP), Reason.BODY_BAD_ENCODING),
    "damaged gzip": (answer(PACKED[:20] + b"\xff" * 20 + PACKED[40:], GZIP), Reason.BODY_BAD_ENCODING),
    "deflate called gzip": (answer(zlib.compress(page()), GZIP), Reason.BODY_BAD_ENCODING),
    "brotli": (answer(b"\x0b\x02\x80", "Content-Encoding: br"), Reason.BODY_BAD_ENCODING),
    "packed twice": (answer(gzip.compress(PACKED), "Content-Encoding: gzip, gzip"), Reason.BODY_BAD_ENCODING),
    "a header line of 100 kB": (and_hang_up(answer(page(), "X-Long: " + "x" * 100_000)), Reason.BODY_TOO_LARGE),
    "5,000 headers": (and_hang_up(answer(page(), *[f"X-{n}: 1" for n in range(5000)])), Reason.BODY_TOO_LARGE),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_fault_has_one_reason(make_client: MakeClient, name: str):
    script, reason = BROKEN[name]
    with WireServer(script) as server, pytest.raises(DiscogsAPIError) as failure:
        make_client(server.url, max_retries=0).inventory_page("waxandco", 1)
    assert failure.value.reason is reason
    assert "/users/waxandco/inventory?page=1" in str(failure.value)
    assert failure.value.url_path == "/users/waxandco/inventory?page=1"


SOUND = {
    "plain": answer(page()),
    "packed": answer(PACKED, GZIP),
    "packed in two members": answer(gzip.compress(page()[:30]) + gzip.compress(page()[30:]), GZIP),
    "chunked": chunked(page()),
    "chunked and packed": answer(b"%x\r\n%s\r\n0\r\n\r\n" % (len(PACKED), PACKED), CHUNKED, GZIP),
    "with a byte order mark": answer(b"\xef\xbb\xbf" + page()),
    "with a vendor's content type": answer(page(), "Content-Type: application/vnd.discogs.v2+json"),
    "until the connection closes": and_hang_up(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + page()
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_answers_come_through(make_client: MakeClient, name: str):
    with WireServer(SOUND[name]) as server:
        found = make_client(server.url, max_retries=0).inventory_page("waxandco", 1)
    assert (found.items, found.body_bytes) == (1, len(page()) + 3 * ("mark" in name))


def drip(content: bytes, server: list[WireServer], *, at_once: int = 1, pause: float = 0.05) -> Answerer:
    """Send the first bytes at once and then byte by byte, so that no single read ever times out."""

    def script(connection: socket.socket) -> None:
        connection.sendall(content[:at_once])
        for position in range(at_once, len(content)):
            if server[0].is_over.wait(pause):
                return
            connection.sendall(content[position : position + 1])

    return script


def stall(content: bytes, server: list[WireServer]) -> Answerer:
    """Send this much and then keep silent."""

    def script(connection: socket.socket) -> None:
        connection.sendall(content)
        server[0].is_over.wait(20)

    return script


LONG = answer(b'{"a": "' + b"x" * 10_000 + b'"}')
ENDLESS_CHUNK_SIZE = b"HTTP/1.1 200 OK\r\n" + CHUNKED.encode() + b"\r\n\r\n" + b"0" * 5000
SLOW_ERROR = answer(b"x" * 5000, status="500 Internal Server Error")
SLOW: dict[str, tuple[Callable[[list[WireServer]], Answerer], Reason]] = {
    "silence instead of headers": (lambda server: stall(b"", server), Reason.NET_TIMEOUT),
    "silence in the headers": (lambda server: stall(LONG[:30], server), Reason.NET_TIMEOUT),
    "silence in the body": (lambda server: stall(LONG[:200], server), Reason.NET_TIMEOUT),
    "dripping status line": (lambda server: drip(b"HTTP/1.1 " + b"2" * 60_000, server), Reason.NET_DEADLINE),
    "dripping headers": (lambda server: drip(LONG, server), Reason.NET_DEADLINE),
    "dripping body": (lambda server: drip(LONG, server, at_once=200), Reason.NET_DEADLINE),
    "dripping chunk size": (lambda server: drip(ENDLESS_CHUNK_SIZE, server, at_once=60), Reason.NET_DEADLINE),
    "dripping body of an error": (lambda server: drip(SLOW_ERROR, server, at_once=200), Reason.HTTP_5XX),
}


@pytest.mark.parametrize("name", SLOW)
def test_slowness_ends_at_the_timeout_or_at_the_deadline(make_client: MakeClient, name: str):
    script, reason = SLOW[name]
    running: list[WireServer] = []
    with WireServer(script(running)) as server:
        running.append(server)
        client = make_client(server.url, max_retries=0, timeouts=SHORT, clock=real_time.monotonic)
        with pytest.raises(DiscogsAPIError) as failure:
            client.inventory_page("waxandco", 1)
    assert failure.value.reason is reason


def test_the_deadline_follows_the_clock_even_when_every_read_is_quick(make_client: MakeClient):
    moments = iter([0.0] * 4 + [61.0] * 100)
    with WireServer(answer(page())) as server, pytest.raises(DiscogsAPIError) as failure:
        make_client(server.url, max_retries=0, timeouts=Timeouts(), clock=lambda: next(moments)).identity()
    assert failure.value.reason is Reason.NET_DEADLINE


def test_a_passing_reset_is_retried_on_a_new_connection(make_client: MakeClient):
    with WireServer(answer(page()), reset, answer(page())) as server:
        client = make_client(server.url)
        client.inventory_page("waxandco", 1)
        assert client.inventory_page("waxandco", 1).items == 1
        assert (client.requests, server.connections) == (3, 2)


def test_connections_are_kept_and_used_again(make_client: MakeClient):
    with WireServer(answer(page())) as server:
        client = make_client(server.url)
        for _ in range(4):
            client.inventory_page("waxandco", 1)
        assert (len(server.requests), server.connections) == (4, 1)


def test_bytes_beyond_an_answer_do_not_leak_into_the_next(make_client: MakeClient):
    with WireServer(answer(page(1)) + b"HTTP/1.1 500 Oops\r\n\r\n", answer(page(2, items=200))) as server:
        client = make_client(server.url, max_retries=0)
        assert client.inventory_page("waxandco", 1).page == 1
        assert client.inventory_page("waxandco", 2).page == 2


def test_an_idle_connection_that_the_server_closed_is_no_failure(make_client: MakeClient):
    with WireServer(and_hang_up(answer(page()))) as server:
        client = make_client(server.url)
        assert [client.inventory_page("waxandco", 1).items for _ in range(3)] == [1, 1, 1]


def test_a_closed_port_is_a_failed_connection(make_client: MakeClient):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    client = make_client(f"http://127.0.0.1:{port}", max_retries=4)
    with pytest.raises(DiscogsAPIError) as failure:
        client.identity()
    assert (failure.value.reason, client.requests) == (Reason.NET_CONNECT, 5)


def test_a_name_that_does_not_resolve_is_a_dns_failure(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch):
    def fail(*_arguments: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    client = make_client("https://api.discogs.com", max_retries=1)
    with pytest.raises(DiscogsAPIError) as failure:
        client.identity()
    assert (failure.value.reason, client.requests) == (Reason.NET_DNS, 2)


@pytest.mark.parametrize("headers", [(), (GZIP,)], ids=["plain", "packed"])
def test_a_body_above_the_cap_is_dropped_and_not_asked_for_again(make_client: MakeClient, headers: tuple[str, ...]):
    body = b" " * 200_000
    with WireServer(answer(gzip.compress(body) if headers else body, *headers)) as server:
        client = make_client(server.url, max_body=150_000)
        with pytest.raises(DiscogsResponseError) as failure:
            client.identity()
    assert (failure.value.reason, client.requests) == (Reason.BODY_TOO_LARGE, 1)


def test_cookies_are_not_kept(make_client: MakeClient):
    with WireServer(answer(page(), "Set-Cookie: __cf_bm=abc; path=/")) as server:
        client = make_client(server.url)
        client.inventory_page("waxandco", 1)
        client.inventory_page("waxandco", 1)
    assert b"__cf_bm" not in server.requests[1]


def test_stopping_does_not_wait_for_a_silent_server(make_client: MakeClient):
    stop, running = threading.Event(), []
    silent = stall(LONG[:200], running)

    def stop_then_stall(connection: socket.socket) -> None:
        stop.set()
        silent(connection)

    with WireServer(stop_then_stall) as server:
        running.append(server)
        patient = Timeouts(connect=1.0, read=250.0, total=280.0)
        with pytest.raises(Cancelled):
            make_client(server.url, stop=stop, timeouts=patient, max_retries=0).inventory_page("waxandco", 1)


def test_a_stop_signal_in_trouble_does_not_take_the_deadline_away(make_client: MakeClient):
    class InTrouble(threading.Event):
        looks = 0

        def is_set(self) -> bool:
            self.looks += 1
            if self.looks == 2:
                raise OSError("the database is away")
            return False

    running: list[WireServer] = []
    with WireServer(stall(b"", running)) as server:
        running.append(server)
        client = make_client(
            server.url, max_retries=0, stop=InTrouble(), timeouts=Timeouts(connect=1.0, read=60.0, total=1.5)
        )
        with pytest.raises(DiscogsAPIError) as failure:
            client.identity()
    assert failure.value.reason is Reason.NET_DEADLINE


def test_a_retry_does_not_trust_another_kept_connection(make_client: MakeClient):
    together = threading.Barrier(2)

    def answer_two_at_once(connection: socket.socket) -> None:
        together.wait(10)
        connection.sendall(answer(page()))

    scripts = (answer_two_at_once, answer_two_at_once, reset, answer(page()))
    with WireServer(*scripts) as server:
        client = make_client(server.url)
        threads = [threading.Thread(target=client.inventory_page, args=("waxandco", 1)) for _ in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        client.inventory_page("waxandco", 1)
        assert (len(server.requests), server.connections) == (4, 3)
