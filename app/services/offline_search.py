"""The mirror, asked in place of the catalogue while Discogs does not answer: what the shop sells and what is collected.

Answers look as those of `online_search`, so that whoever asks need not know; `source` says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from app.core.genres import genre_values, listed_values
from app.core.parsing import clean
from app.core.query import PARAMETERS, BadQuery, SearchQuery
from app.core.shelf_query import ShelfQuery
from app.formats.album import Item
from app.services.collection_service import CollectionService
from app.services.collection_state import Viewer
from app.services.inventory_service import InventoryService


def search_offline(question: str, limit: int, reason: str) -> dict[str, Any]:
    """The releases of the mirror that answer, at most `limit`; `reason` is why Discogs was not asked. For the admin.

    Raises BadQuery for more words than the mirror looks for.
    """
    try:
        search = SearchQuery(words=PARAMETERS["q"].read(clean(question)))
    except ValueError as error:
        raise BadQuery({"q": str(error)}) from error
    found: dict[int, dict[str, Any]] = {}
    for release in (*_for_sale(search, limit), *_collected(search, limit)):
        found.setdefault(release["id"], release)
    results = list(found.values())[:limit]
    told = {"query": question, "results": results, "count": len(results), "total": len(results), "skipped": 0}
    return told | {"source": "local", "reason": reason}


def _for_sale(search: SearchQuery, limit: int) -> Iterator[dict[str, Any]]:
    with InventoryService().found(search) as found:
        releases = {item["release_id"]: item for item in _some(found.batches(), limit)}
    for item in islice(releases.values(), limit):
        yield {
            "id": int(item["release_id"]),
            "title": item["release_title"],
            "artist": item["artist_names"],
            "year": item["release_year"],
            "format": list(listed_values(item["format_names"])),
            "thumb": item["image_uri"],
            "label": list(listed_values(item["label_names"])),
            "genre": list(genre_values(item["genres"])),
            "style": list(listed_values(item["styles"])),
            "uri": item["release_uri"],
            **_rest(item),
        }


def _collected(search: SearchQuery, limit: int) -> Iterator[dict[str, Any]]:
    with CollectionService(Viewer(is_admin=True)).found(ShelfQuery(search=search)) as found:
        releases = {item["release_id"]: item for item in _some(found.batches(), limit)}
    for item in islice(releases.values(), limit):
        yield {
            "id": int(item["release_id"]),
            "title": item["title"],
            "artist": item["artist"],
            "year": item["year"],
            "format": list(listed_values(item["format"])),
            "thumb": next((image["uri150"] for image in item["images"]), None),
            "label": list(listed_values(item["label"])),
            "genre": item["genres"],
            "style": item["styles"],
            "uri": item["uri"],
            **_rest(item),
        }


def _rest(item: Mapping[str, Any]) -> dict[str, Any]:
    master = item["master_id"]
    return {
        "catalog_number": item["catalog_number"],
        "country": item["country"],
        "master_id": None if master is None else int(master),
    }


def _some(batches: Any, limit: int) -> Iterator[Item]:
    """The first rows: of one release there are several, but hardly ever that many."""
    return islice((item for batch in batches for item in batch), 20 * limit)
