"""What no browser sends, written straight to a real server: refused in words or by hanging up, and it goes on."""

from __future__ import annotations

import socket

import pytest
import requests

from app.ops.answer_headers import ALWAYS
from tests.system.conftest import database_url, discogs, environment, launcher, mirror
from tests.system.servers import Launcher, Server

__all__ = ["database_url", "discogs", "environment", "launcher", "mirror"]
HOST = b"Host: localhost\r\n"
ASK = b"GET /healthz HTTP/1.1\r\n" + HOST
SEND = (
    b"POST /admin HTTP/1.1\r\n"
    + HOST
    + b"Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n"
)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
REFUSED = {
    "a size that is none": SEND + CHUNKED + b"\r\nzz\r\nabc\r\n0\r\n\r\n",
    "a size below nothing": SEND + CHUNKED + b"\r\n-1\r\n\r\n0\r\n\r\n",
    "a size in two words": SEND + CHUNKED + b"\r\n0x3\r\nabc\r\n0\r\n\r\n",
    "a chunk longer than said": SEND + CHUNKED + b"\r\n3\r\nabcdef\r\n0\r\n\r\n",
    "chunked and a length": SEND + CHUNKED + b"Content-Length: 4\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a length and chunked": SEND + b"Content-Length: 4\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + SMUGGLED,
    "chunked twice": SEND + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n",
    "chunked and more": SEND + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "nearly chunked": SEND + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked after a blank": SEND + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two lengths": SEND + b"Content-Length: 0\r\nContent-Length: 50\r\n\r\n" + SMUGGLED,
    "a list of lengths": SEND + b"Content-Length: 0, 50\r\n\r\n" + SMUGGLED,
    "a length below nothing": SEND + b"Content-Length: -1\r\n\r\n",
    "a length with a sign": SEND + b"Content-Length: +5\r\n\r\nabcde",
    "a length in other digits": SEND + "Content-Length: ٥\r\n\r\nabcde".encode(),
    "a folded line": ASK + b"X-A: b\r\n c\r\n\r\n",
    "a line without a colon": ASK + b"nonsense\r\n\r\n",
    "a name with a blank": ASK + b"X A: b\r\n\r\n",
    "a NUL in a value": ASK + b"X-A: a\0b\r\n\r\n",
    "a bare return": ASK + b"X-A: a\rX-B: c\r\n\r\n",
    "no version": b"GET /healthz\r\n\r\n",
    "another protocol": b"GET /healthz HTTP/9.9\r\n" + HOST + b"\r\n",
    "no method": b" /healthz HTTP/1.1\r\n" + HOST + b"\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a long line": b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "ten thousand parameters": b"GET /api/search?" + b"q=x&" * 10_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a long header": ASK + b"X-A: " + b"a" * 9000 + b"\r\n\r\n",
    "many headers": ASK + b"".join(b"X-%d: a\r\n" % each for each in range(150)) + b"\r\n",
    "a megabyte of cookies": ASK + b"Cookie: " + b"a=b; " * 200_000 + b"\r\n\r\n",
    "a host that is none": b"GET /api/data HTTP/1.1\r\nHost: a b\r\n\r\n",
    "a large body": SEND + b"Content-Length: 1100000\r\n\r\n" + b"a" * 1_100_000,
    "a large body in chunks": SEND + CHUNKED + b"\r\n" + (b"10000\r\n" + b"a" * 65_536 + b"\r\n") * 20 + b"0\r\n\r\n",
}
TRAVERSAL = [
    "/assets/x/../../frame.py",
    "/assets/x/..%2f..%2fframe.py",
    "/assets/x/%2e%2e/%2e%2e/frame.py",
    "/assets/x/%2e%2e%2f%2e%2e%2fframe.py",
    "/assets/x/..%5c..%5cframe.py",
    "/assets/x/..\\..\\frame.py",
    "/assets/x/....//....//frame.py",
    "/assets/x/%252e%252e%252fframe.py",
    "/assets/x/..%c0%afframe.py",
    "/assets/x/%c0%ae%c0%ae/frame.py",
    "/assets/x/..%00/frame.py",
    "/assets/x/frame.css%00.py",
    "/assets/x//etc/passwd",
    "/assets/x/%2fetc%2fpasswd",
    "/assets/x/file:///etc/passwd",
    "/assets/x/C:%5cWindows%5cwin.ini",
    "/assets/x/CON",
    "/assets/x/.",
    "/assets/x/%2e",
    "/assets/../config.py",
    "/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2f..%2fetc%2fpasswd",
    "//etc/passwd",
    "/.env",
    "/.git/config",
    "/instance/admin_token",
    "/console",
    "/static/frame.css",
    "/api/../instance/admin_token",
    "/api/data/..%2f..%2finstance%2fadmin_token",
]


@pytest.fixture
def server(launcher: Launcher) -> Server:
    return launcher.gunicorn(1, ENABLE_AUTO_SYNC="false").wait_until_up()


def exchange(server: Server, raw: bytes) -> bytes:
    """All that the server says before it hangs up, or falls silent."""
    port = int(server.url.rpartition(":")[2])
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        try:
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            while piece := line.recv(65_536):
                said += piece
        except OSError:
            pass  # it hung up before everything was said, which is an answer too
    return said


def assert_guarded(said: bytes, about: str) -> None:
    """Whoever said it, the server or the application: with the headers of every answer, and without what was sent."""
    head, _, body = said.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0].decode() for line in head.split(b"\r\n")[1:]]
    for name, _ in ALWAYS:
        assert names.count(name) == 1, (about, name, said[:300])
    assert b"Content-Type: application/problem+json" in head, (about, said[:300])
    assert b"smuggled" not in body, about


def statuses(said: bytes) -> list[int]:
    return [int(line.split()[1]) for line in said.split(b"\r\n") if line.startswith(b"HTTP/1.")]


def test_nothing_of_it_is_obeyed_and_nothing_breaks(server: Server) -> None:
    for name, raw in REFUSED.items():
        said = exchange(server, raw)
        told = statuses(said)
        assert len(told) <= 1, (name, told)
        assert not told or 400 <= told[0] < 500 or told[0] in {501, 505}, (name, told, said[:300])
        assert b"Traceback" not in said
        if told:
            assert_guarded(said, name)
            assert not name.startswith("a large body") or told == [413], name
        assert requests.get(f"{server.url}/healthz", timeout=5).status_code == 200, name
    assert "Traceback" not in server.said()


def test_no_file_but_ours_is_served(server: Server) -> None:
    for path in TRAVERSAL:
        said = exchange(server, b"GET %b HTTP/1.1\r\n%bConnection: close\r\n\r\n" % (path.encode(), HOST))
        assert statuses(said)[0] in {400, 404} or b"\r\nLocation: http://localhost/" in said, (path, said[:200])
        for secret in (b"root:", b"import ", b"[core]", b"test-admin-token"):
            assert secret not in said, path
    assert "Traceback" not in server.said()


def test_what_the_server_says_of_itself_names_no_version(server: Server) -> None:
    for raw in (ASK + b"Connection: close\r\n\r\n", b"nonsense\r\n\r\n", b"GET /nowhere HTTP/1.1\r\n" + HOST + b"\r\n"):
        said = exchange(server, raw).lower()
        for word in (b"gunicorn/", b"python/", b"werkzeug", b"flask", b"27."):
            assert word not in said


def test_a_proxy_nobody_named_is_not_believed(server: Server) -> None:
    claims = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil"}
    answer = requests.get(f"{server.url}/", headers=claims, timeout=5)
    assert "Strict-Transport-Security" not in answer.headers
    assert "evil" not in answer.text


def test_workers_count_together(launcher: Launcher) -> None:
    server = launcher.gunicorn(2, ENABLE_AUTO_SYNC="false", API_RATE_LIMIT="40").wait_until_up()
    told = [requests.get(f"{server.url}/openapi.json", timeout=5).status_code for _ in range(60)]
    assert told == [200] * 40 + [429] * 20
