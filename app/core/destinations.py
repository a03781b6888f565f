"""Where this program may connect to. Addresses come from the owner's settings; what a name means comes from strangers.

Link-local addresses are never meant: there clouds hand out their machines' credentials. This machine itself is meant
only where the setting says so in words, not where somebody's name server does. Private addresses behind a public name
are a home network's usual way (and https, which public names need, would not accept another's certificate).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# Of AWS (IPv6), Alibaba, Oracle; the others' are link-local.
_METADATA = frozenset(map(ip_address, ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192")))
_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "metadata.goog", "instance-data"})
# Where the last 32 bits are an address of IPv4: compatible, translated, NAT64.
_IN_THE_LAST_BITS = tuple(map(IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96")))
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_LOOPBACK_NAME = re.compile(r"localhost|.*\.localhost", re.IGNORECASE)
_NUMBERS = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}", re.IGNORECASE)


def may_be_named(host: str) -> bool:
    """Whether a setting may name this host. Numbers must be written as everybody writes addresses.

    >>> [may_be_named(host) for host in ("hooks.example.com", "127.0.0.1", "::1", "nas.local")]
    [True, True, True, True]
    >>> [may_be_named(host) for host in ("169.254.169.254", "0x7f.1", "2130706433", "::ffff:169.254.1.1", "0.0.0.0")]
    [False, False, False, False, False]
    """
    name = host.rstrip(".").lower()
    if (address := _parsed(name)) is not None:
        return not _is_never_meant(address)
    return name not in _METADATA_NAMES and not _NUMBERS.fullmatch(name)


def may_be_reached(host: str, peer: str) -> bool:
    """Whether `peer`, which is where a connection to `host` ended up, may be spoken to.

    >>> may_be_reached("localhost", "127.0.0.1"), may_be_reached("hooks.example.com", "127.0.0.1")
    (True, False)
    """
    address = _parsed(peer)
    if address is None or _is_never_meant(address):
        return False
    return not address.is_loopback or _parsed(host) is not None or _LOOPBACK_NAME.fullmatch(host) is not None


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped if address.version == 6 else None) or address


def _is_never_meant(address: IPv4Address | IPv6Address) -> bool:
    if address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA:
        return True
    return address.version == 6 and any(not each.is_global for each in _carried_by(address))


def _carried_by(address: IPv6Address) -> Iterator[IPv4Address]:
    """The addresses to which routers between the two protocols would pass it on; no honest one is of a home's network.

    >>> [str(each) for each in _carried_by(IPv6Address("64:ff9b::7f00:1"))]
    ['127.0.0.1']
    """
    number = int(address)
    if address in _LOCAL_NAT64:
        yield from _by_a_local_translator(number)
    elif address.teredo:
        yield from address.teredo
    elif address.sixtofour:
        yield address.sixtofour
    elif any(address in network for network in _IN_THE_LAST_BITS) and not address.is_loopback:
        yield IPv4Address(number & 0xFFFF_FFFF)


def _by_a_local_translator(number: int) -> Iterator[IPv4Address]:
    """Its prefix may end after 48, 56, 64 or 96 bits, and the ninth byte is left out."""
    short = (number >> 64 & 0xFFFF) << 16 | number >> 40 & 0xFFFF
    middle = (number >> 64 & 0xFF) << 24 | number >> 32 & 0xFF_FFFF
    found = [each for each in (short, middle, number >> 24 & 0xFFFF_FFFF, number & 0xFFFF_FFFF) if each >> 24]
    yield from map(IPv4Address, found or [0])
