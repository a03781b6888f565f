"""A small answer that unpacks to hundreds of megabytes costs us next to nothing."""

from __future__ import annotations

import subprocess
import sys
import zlib
from functools import cache
from pathlib import Path

import pytest

from app.core.outcomes import Reason
from tests.discogs.wire_server import WireServer, answer

ROOT = Path(__file__).parents[2]
CHILD = """
import resource, sys
from app.discogs.client import DiscogsClient
from app.discogs.throttle import Throttle
from app.errors import DiscogsAPIError

client = DiscogsClient(api_url=sys.argv[1], token=None, user_agent="test/1", throttle=Throttle(1000), max_retries=0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    client.inventory_page("waxandco", 1)
except DiscogsAPIError as error:
    print(error.reason, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@cache
def bomb(mebibytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return b"".join(packer.compress(b" " * 2**20) for _ in range(mebibytes)) + packer.flush()


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("200 OK", Reason.BODY_TOO_LARGE),
        ("500 Oops", Reason.HTTP_5XX),
        ("302 Found\r\nLocation: /elsewhere", Reason.HTTP_REDIRECT),
    ],
    ids=["page", "error", "redirect"],
)
def test_a_bomb_does_not_go_off(status: str, reason: Reason):
    with WireServer(answer(bomb(300), "Content-Encoding: gzip", status=status)) as server:
        child = subprocess.run(
            [sys.executable, "-c", CHILD, server.url], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
        )
    told, grown_kib = child.stdout.split()
    assert told == reason
    assert int(grown_kib) < 48 * 1024
