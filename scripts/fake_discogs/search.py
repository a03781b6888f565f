"""`/database/search` over releases, masters, artists and labels of the world."""

from collections.abc import Callable, Iterable
from functools import partial

from . import paging
from .catalogue import web_path
from .liner_notes import identifiers, track_titles
from .messages import HttpError, Request, Response, json_response
from .records import Credit, Release
from .release_views import formats
from .viewer import Viewer
from .views import ListingViews
from .vocabulary import MUST_AUTHENTICATE, Json
from .world import World

MOST_RESULTS = 10_000
TYPES = ("release", "master", "artist", "label")
Row = Callable[[], Json]
"""Renders one result; only those of the asked page are rendered."""


def _barcodes(release: Release) -> list[str]:
    return [str(entry["value"]) for entry in identifiers(release)]


_SEARCHED: dict[str, Callable[[Release], Iterable[str]]] = {
    "q": lambda row: (row.artist, row.title, row.label, row.catalog_number),
    "title": lambda row: (f"{row.artist} - {row.title}",),
    "release_title": lambda row: (row.title,),
    "artist": lambda row: (row.artist, *(credit.name for credit in row.artists)),
    "anv": lambda row: (credit.variation for credit in row.artists),
    "label": lambda row: (row.label,),
    "catno": lambda row: (row.catalog_number,),
    "genre": lambda row: row.genres,
    "style": lambda row: row.styles,
    "country": lambda row: (row.country,),
    "year": lambda row: (str(row.year or ""),),
    "format": lambda row: (part for media in row.formats for part in (media.name, *media.descriptions, media.text)),
    "barcode": _barcodes,
    "track": track_titles,
}
_SORT_KEYS: dict[str, Callable[[Release], str | int]] = {
    "title": lambda row: row.title.casefold(),
    "artist": lambda row: row.artist.casefold(),
    "label": lambda row: row.label.casefold(),
    "year": lambda row: row.year,
    "have": lambda row: row.in_collection,
    "want": lambda row: row.in_wantlist,
}


class Search:
    def __init__(self, world: World, views: ListingViews) -> None:
        self._world = world
        self._views = views

    def page(self, request: Request, viewer: Viewer) -> Response:
        query, world = request.query, self._world
        if not viewer.has_credential and not world.policy.search_for_strangers:
            raise HttpError(401, MUST_AUTHENTICATE)
        number, size = paging.asked_page(query), paging.asked_per_page(query)
        if number * size > MOST_RESULTS:
            raise HttpError(404, f"Page {number} is outside of valid range [1, 1].")
        rows = self._matching(request, viewer)
        page = paging.turn_to(query, len(rows), f"{self._views.base}/database/search")
        shown = [render() for render in rows[page.rows]]
        answer = json_response({"pagination": page.envelope(), "results": shown}, page=page.number, pages=page.pages)
        return answer.with_headers(*page.link_header())

    def _matching(self, request: Request, viewer: Viewer) -> list[Row]:
        """Of all types unless one is asked for; deleted releases are still found, as upstream."""
        known = self._world.catalogue()
        found = [known[number] for number in sorted(known) if _matches(known[number], request)]
        key = _SORT_KEYS.get(request.query.get("sort", ""))
        if key:
            found.sort(key=key, reverse=request.query.get("sort_order") == "desc")
        asked = request.query.get("type") or "all"
        kinds: dict[str, Callable[[], list[Row]]] = {
            "release": lambda: [partial(self._release, row, viewer) for row in found],
            "master": lambda: [partial(self._master, row, viewer) for row in _masters(found)],
            "artist": lambda: self._names(request, viewer, "artist"),
            "label": lambda: self._names(request, viewer, "label"),
        }
        return [row for kind in TYPES if asked in ("all", kind) for row in kinds[kind]()]

    def _release(self, release: Release, viewer: Viewer) -> Json:
        shown = self._common(release.id, "release", f"{release.artist} - {release.title}", web_path(release), viewer)
        shown |= self._facts(release) | {
            "barcode": list(_barcodes(release)),
            "format_quantity": sum(part.quantity for part in release.formats) or 1,
            "formats": formats(release),
            "resource_url": f"{self._views.base}/releases/{release.id}",
        }
        if viewer.account is not None:
            shelf = self._world.shelf(viewer.account)
            owned = bool(shelf.of_release(release.id))
            shown["user_data"] = {"in_wantlist": release.id in shelf.wants, "in_collection": owned}
        return shown

    def _master(self, release: Release, viewer: Viewer) -> Json:
        """A master as its first release here describes it."""
        number = release.master_id
        shown = self._common(number, "master", f"{release.artist} - {release.title}", f"/master/{number}", viewer)
        return shown | self._facts(release) | {"barcode": [], "resource_url": f"{self._views.base}/masters/{number}"}

    def _facts(self, release: Release) -> Json:
        media = [part for one in release.formats for part in (one.name, *one.descriptions)]
        shown: Json = {
            "master_id": release.master_id,
            "master_url": f"{self._views.base}/masters/{release.master_id}" if release.master_id else None,
            "country": release.country,
            "genre": list(release.genres),
            "style": list(release.styles),
            "format": media,
            "label": [credit.name for credit in release.labels],
            "catno": release.catalog_number,
            "community": {"want": release.in_wantlist, "have": release.in_collection},
        }
        return shown | ({"year": str(release.year)} if release.year else {})

    def _names(self, request: Request, viewer: Viewer, kind: str) -> list[Row]:
        """Artists or labels whose name holds every word of `q` and `title`; no other criterion finds any."""
        query = request.query
        asked = f"{query.get('q', '')} {query.get('title', '')}".casefold().split()
        if any(name in query for name in _SEARCHED if name not in {"q", "title"}):
            return []
        credits = {credit.id: credit for row in self._world.catalogue().values() for credit in _credits(row, kind)}
        return [
            partial(self._name, credit, kind, viewer)
            for credit in credits.values()
            if all(word in credit.name.casefold() for word in asked)
        ]

    def _name(self, credit: Credit, kind: str, viewer: Viewer) -> Json:
        shown = self._common(credit.id, kind, credit.name, f"/{kind}/{credit.id}", viewer)
        where = f"{self._views.base}/{kind}s/{credit.id}"
        return shown | {"master_id": None, "master_url": None, "resource_url": where}

    def _common(self, number: int, kind: str, title: str, path: str, viewer: Viewer) -> Json:
        pictured = viewer.has_credential
        return {
            "id": number,
            "type": kind,
            "title": title,
            "uri": path,
            "user_data": {"in_wantlist": False, "in_collection": False},
            "thumb": self._views.thumbnail(number) if pictured else "",
            "cover_image": f"{self._views.base}/covers/{number}.svg" if pictured else "",
        }


def _matches(release: Release, request: Request) -> bool:
    asked = ((name, text.casefold().split()) for name, text in request.query.items() if name in _SEARCHED)
    return all(_holds(_SEARCHED[name](release), words) for name, words in asked)


def _holds(texts: Iterable[str], words: list[str]) -> bool:
    everything = " ".join(texts).casefold()
    return all(word in everything for word in words)


def _masters(rows: list[Release]) -> list[Release]:
    return list({row.master_id: row for row in reversed(rows) if row.master_id}.values())[::-1]


def _credits(release: Release, kind: str) -> tuple[Credit, ...]:
    return release.artists if kind == "artist" else release.labels
