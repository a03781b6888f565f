"""Where the pictures on our pages may come from."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.services.discogs_connection import image_origins
from app.services.enrichment_providers import picture_origins
from config import Settings


def page_origins(settings: Settings) -> tuple[str, ...]:
    """Discogs' hosts of pictures, and those of the providers that are on; each once, in order."""
    return tuple(sorted({origin_of(address) for address in (*image_origins(settings), *picture_origins(settings))}))


def may_be_loaded(address: object, settings: Settings) -> bool:
    """Whether a page may show the picture at this address."""
    return isinstance(address, str) and origin_of(address) in page_origins(settings)


def origin_of(address: str) -> str:
    """Scheme and host of an address; "" for what is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
