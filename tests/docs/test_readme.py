"""What README shows beside commands: code to copy, pictures."""

from __future__ import annotations

import re

from app.core.signing import signature
from tests.docs.shown import ROOT, code

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_check_of_a_webhook_that_is_shown_works() -> None:
    body, secret = b'{"changes": [], "next": 7}', "a word of ours"
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": signature(secret, "msg_1", 1_700_000_000, body),
    }
    check = code("is_from_our_mirror")
    assert check(headers, body, secret, now=1_700_000_010)
    assert not check(headers, body + b" ", secret, now=1_700_000_010)
    assert not check(headers, body, secret, now=1_700_009_000)


def test_pictures_are_there_and_small() -> None:
    shown = re.findall(r"!\[[^]]+\]\((\.github/[\w.]+)\)", README)
    assert shown
    assert all((ROOT / each).read_bytes().startswith(b"\x89PNG") for each in shown)
    assert sum((ROOT / each).stat().st_size for each in shown) < 300_000
