"""Where this shop is, as visitors see it."""

from __future__ import annotations

from flask import request

from app.core.addresses import Addresses
from app.extensions import wiring


def addresses() -> Addresses:
    """Below PUBLIC_URL where it is set, otherwise below the address that was asked."""
    return Addresses((wiring().settings.public_url or request.url_root).rstrip("/"))
