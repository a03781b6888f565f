"""Whom an address of the network stands for."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network

# Asked of the same few addresses again and again.
LATELY = 4096
LONGEST = 64  # more than any address has; what visitors say of themselves may be longer, and is not kept


def household(address: str | None) -> str:
    """Whom an address stands for: of IPv6 everybody has a whole network.

    >>> household("2001:db8:1:2:3:4:5:6"), household("192.0.2.7"), household(None)
    ('2001:db8:1:2::/64', '192.0.2.7', '')
    """
    return _household((address or "")[:LONGEST])


@lru_cache(LATELY)
def _household(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4 or parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped if parsed.version == 6 else parsed)
    return str(ip_network(f"{parsed}/64", strict=False))


def is_of_the_internet(address: str | None) -> bool:
    """Whether the address is neither of this machine nor of one's own network.

    >>> is_of_the_internet("8.8.8.8"), is_of_the_internet("127.0.0.1"), is_of_the_internet("192.168.1.7")
    (True, False, False)
    """
    return _is_of_the_internet((address or "")[:LONGEST])


@lru_cache(LATELY)
def _is_of_the_internet(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return (mapped or parsed).is_global
