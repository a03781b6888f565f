"""What proxies say of a request, believed of those alone whom the owner named (TRUSTED_PROXIES)."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any

from werkzeug.http import parse_list_header
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core.households import is_of_the_internet
from config import Network

logger = logging.getLogger(__name__)

# Clients can send these too, and some proxies let them through: what cannot be one is not believed of anybody.
_SHAPES = {
    "HTTP_X_FORWARDED_PREFIX": re.compile(r"(/[A-Za-z0-9_.~-]+)+/?"),
    "HTTP_X_FORWARDED_PROTO": re.compile(r"https?(\s*,\s*https?)*"),
}


class TrustedProxies:
    """Puts into a request's environment where it came from and what for."""

    def __init__(self, trusted: int | Sequence[Network]) -> None:
        self._trusted = trusted
        self._is_told = False

    def believe(self, environ: dict[str, Any]) -> None:
        """The nearest proxy's word on scheme, host and prefix; of the addresses, the first that is no proxy of ours."""
        if (hops := self._hops(environ)) == 0:
            self._tell_once(environ)
            return
        for name, shape in _SHAPES.items():
            if not shape.fullmatch(environ.get(name, "")):
                environ.pop(name, None)
        ProxyFix(_nobody, x_for=hops, x_proto=1, x_host=1, x_prefix=1)(environ, _silent)
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "").rstrip("/")

    def _hops(self, environ: dict[str, Any]) -> int:
        if isinstance(self._trusted, int):
            return self._trusted
        told = parse_list_header(environ.get("HTTP_X_FORWARDED_FOR", ""))
        if not self._is_trusted(environ.get("REMOTE_ADDR", "")):
            return 0
        others = (place for place, each in enumerate(reversed(told), 1) if not self._is_trusted(each))
        return next(others, max(1, len(told)))

    def _tell_once(self, environ: dict[str, Any]) -> None:
        """Of one that seems to stand in front: strangers of the internet may send the header, too."""
        if self._is_told or "HTTP_X_FORWARDED_FOR" not in environ or is_of_the_internet(environ.get("REMOTE_ADDR")):
            return
        self._is_told = True
        logger.warning(
            "Requests come by a proxy that TRUSTED_PROXIES does not name: all visitors count as one, and wrong admin"
            " tokens of some shut out the others. Behind one proxy set TRUSTED_PROXIES=1"
        )

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return not isinstance(self._trusted, int) and any(parsed in network for network in self._trusted)


def _nobody(*_: Any) -> tuple[bytes, ...]:
    return ()


def _silent(*_: Any) -> Callable[[bytes], object]:
    return bytes
