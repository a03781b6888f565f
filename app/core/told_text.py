"""Addresses and texts that a provider told, before anybody may see them."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

LONGEST_ADDRESS = 2000
LONGEST_TEXT = 4000
_MARKUP = re.compile(r"<\s*[/!?]?\s*[a-zA-Z]|&(?:lt|#0*60|#x0*3c);?", re.IGNORECASE)
# Control characters but line ends, halves of surrogate pairs, and what turns the direction of writing.
_UNFIT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


class Unfit(ValueError):
    """What was told must not be shown; the text says why."""


def safe_address(told: object, *, hosts: tuple[str, ...] = ()) -> str:
    """An address to link to: https, or http of this very machine; of these hosts, when any are named.

    Raises Unfit.
    """
    if not isinstance(told, str) or len(told) > LONGEST_ADDRESS or not re.fullmatch("[!-~]+", told):
        raise Unfit("the address is no plain text")
    if any(sign in told for sign in "\"'<>\\`"):
        raise Unfit("the address holds what no address holds")
    try:
        parts = urlsplit(told)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Unfit("the address cannot be read") from None
    if not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise Unfit("the address is not https")
    if not host or "@" in parts.netloc:
        raise Unfit("the address names no host")
    if hosts and host not in hosts and not is_loopback(host):
        raise Unfit("the address is of another host")
    return told


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def plain_text(told: object) -> str:
    """A text of a few paragraphs, without markup. Raises Unfit."""
    if not isinstance(told, str):
        raise Unfit("the description is no text")
    text = _UNFIT.sub(" ", told.replace("\r\n", "\n").replace("\r", "\n")).strip()
    text = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \u00a0]{2,}", " ", text))
    if not text:
        raise Unfit("the description is empty")
    if len(text) > LONGEST_TEXT:
        raise Unfit(f"the description has more than {LONGEST_TEXT} characters")
    if _MARKUP.search(text):
        raise Unfit("the description holds markup")
    return text
