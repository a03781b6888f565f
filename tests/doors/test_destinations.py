"""Where the program connects to when settings and name servers say so."""

from __future__ import annotations

import socket
from typing import Any

import pytest

import config
from app.core.destinations import may_be_named, may_be_reached
from app.errors import ConfigurationError, OutsideError
from app.jobs.stop import Stop
from app.services.outbound import send
from config import Secret
from tests.receiver import Receiver

NEVER = [
    "http://169.254.169.254/latest/meta-data",
    "https://169.254.169.254",
    "https://169.254.0.1",
    "https://[fe80::1]",
    "https://[fe80::1%25eth0]",
    "https://[::ffff:169.254.169.254]",
    "https://[::ffff:a9fe:a9fe]",
    "https://[2002:a9fe:a9fe::]",
    "https://[2002:7f00:1::1]",
    "https://[2002:a00:1::]",
    "https://[::127.0.0.1]",
    "https://[::a00:1]",
    "https://[::ffff:0:169.254.169.254]",
    "https://[64:ff9b::169.254.169.254]",
    "https://[64:ff9b::7f00:1]",
    "https://[64:ff9b::c0a8:1]",
    "https://[64:ff9b:1:a9fe:a9:fe00::]",
    "https://[64:ff9b:1:7f:0:1::]",
    "https://[64:ff9b:1::a:0:100:0]",
    "https://[64:ff9b:1::192.168.0.1]",
    "https://[64:ff9b:1::]",
    "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "https://[2001:0:7f00:1:8000:63bf:3fff:fdd2]",
    "https://[fd00:ec2::254]",
    "https://100.100.100.200",
    "https://192.0.0.192",
    "https://metadata.google.internal",
    "https://METADATA.google.internal.",
    "https://metadata",
    "https://metadata.goog",
    "https://0.0.0.0",
    "https://[::]",
    "https://224.0.0.1",
    "https://[ff02::1]",
    "http://2852039166",
    "https://0xa9fea9fe",
    "https://0xa9.0xfe.0xa9.0xfe",
    "https://0251.0376.0251.0376",
    "https://169.16689662",
    "https://0x7f.1",
    "http://2130706433",
    "https://127.1",
    "https://0",
    "https://i.discogs.com@169.254.169.254",
    "https://user:password@hooks.example.com",
    "http://hooks.example.com",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "gopher://127.0.0.1",
    "https://",
    "https:///path",
    "//hooks.example.com",
    "https://hooks.example.com:99999",
    "https://hooks example.com",
    "https://[::1",
    "javascript:alert(1)",
]
FINE = [
    "https://hooks.example.com/a?b=c",
    "http://127.0.0.1:8088",
    "http://localhost:1",
    "https://10.0.0.7",
    "http://nas.local",
]


@pytest.mark.parametrize("name", ["WEBHOOK_URL", "HEARTBEAT_SUCCESS_URL", "DISCOGS_API_URL", "AI_API_URL"])
@pytest.mark.parametrize("address", NEVER)
def test_no_setting_leads_there(name: str, address: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        config.load({name: address, "WEBHOOK_SECRET": "something-signed"})
    assert refused.value.problems[0].startswith(name)
    assert len(address) < 10 or address not in str(refused.value)


@pytest.mark.parametrize("address", FINE)
def test_these_may_be_named(address: str) -> None:
    assert config.load({"WEBHOOK_URL": address, "WEBHOOK_SECRET": "something-signed"}).webhook_url == Secret(address)


@pytest.mark.parametrize(
    "peer",
    [
        *("127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "fe80::1", "0.0.0.0", "", "x"),
        *("64:ff9b::127.0.0.1", "2002:7f00:1::", "::7f00:1", "64:ff9b:1::10.0.0.1"),
    ],
)
def test_a_name_server_cannot_lead_there(peer: str) -> None:
    assert not may_be_reached("hooks.example.com", peer)


def test_what_was_meant_is_reached() -> None:
    for host, peer in (
        ("localhost", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("hooks.example.com", "10.0.0.7"),
        ("a.b", "8.8.8.8"),
        ("a.b", "2606:4700::1"),
        ("a.b", "64:ff9b::8.8.8.8"),
        ("a.b", "64:ff9b:1::8.8.8.8"),
        ("a.b", "2002:808:808::1"),
    ):
        assert may_be_reached(host, peer)
        assert may_be_named(host)


def test_a_name_that_means_this_machine_is_not_spoken_to(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo

    def rebound(host: Any, *rest: Any, **more: Any) -> Any:
        return resolve("127.0.0.1" if host == "hooks.nas.local" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    there = Secret(receiver.url.replace("127.0.0.1", "hooks.nas.local") + "/hook")
    with pytest.raises(OutsideError):
        send("POST", there, headers={}, body=b"secret", stop=Stop())
    assert receiver.asked == []
    assert send("POST", Secret(f"{receiver.url}/hook"), headers={}, body=b"x", stop=Stop()).status < 500
