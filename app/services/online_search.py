"""Ask the catalogue of Discogs itself. It spends of the budget that the sync lives on, so it is for the admin."""

from __future__ import annotations

from typing import Any

from app.core.catalogue_search import FoundRelease, parse_found
from app.core.parsing import Unreadable
from app.extensions import Wiring, db, wiring
from app.services.credentials import Credentials
from app.services.discogs_connection import image_origins
from app.services.login_service import PATIENCE_S, Patience
from app.services.refusals import Refusals
from app.services.sources import Sources
from config import Secret

LONGEST_QUESTION, MOST_RESULTS = 256, 100


def search_online(question: str, limit: int) -> dict[str, Any]:
    """The releases that Discogs finds, at most `limit`, in one request. Nothing of it is kept.

    Raises DiscogsAPIError, and Cancelled when the pace lets nobody ask within a person's patience.
    """
    wired = wiring()
    sources, credentials = Sources(db.engine, wired.clock), Credentials(wired.settings, wired.sealer)
    Refusals(sources, credentials, wired.clock).check(is_forced=False)
    client = wired.connect(wired, _credential(wired), stop=Patience(PATIENCE_S))
    page = client.search_releases(question, per_page=limit)
    found: list[FoundRelease] = []
    for row in page.rows[:limit]:
        try:
            found.append(parse_found(row if isinstance(row, dict) else {}, image_origins(wired.settings)))
        except Unreadable:
            continue
    results = [_result(each, wired.settings.discogs_web_url) for each in found]
    return {
        "query": question,
        "results": results,
        "count": len(results),
        "total": page.items,
        "skipped": len(page.rows[:limit]) - len(results),
        "source": "discogs",
        "reason": None,
    }


def _credential(wired: Wiring) -> Secret | None:
    """The configured one, or that of the account that was entered first; None: ask as a stranger."""
    if wired.settings.discogs_token:
        return wired.settings.discogs_token
    entered = Sources(db.engine, wired.clock).with_credentials()
    return Credentials(wired.settings, wired.sealer).of(entered[0]) if entered else None


def _result(release: FoundRelease, web_url: str) -> dict[str, Any]:
    return {
        "id": release.release_id,
        "title": release.title,
        "artist": release.artist,
        "year": release.year,
        "format": list(release.formats),
        "thumb": release.thumb,
        "label": list(release.labels),
        "catalog_number": release.catalog_number,
        "country": release.country,
        "genre": list(release.genres),
        "style": list(release.styles),
        "master_id": release.master_id,
        "uri": f"{web_url}/release/{release.release_id}",
    }
