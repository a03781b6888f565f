"""`/releases/{id}` and `/database/search`, as far as an enriching mirror asks them."""

from . import paging
from .messages import HttpError, Request, Response, json_response
from .records import Release
from .release_views import artist, formats, label
from .viewer import Viewer
from .views import WEB, ListingViews
from .vocabulary import FOR_SALE, NO_RELEASE, Json
from .world import World


class Catalogue:
    def __init__(self, world: World, views: ListingViews) -> None:
        self._world = world
        self._views = views

    def release(self, _request: Request, viewer: Viewer, release_id: str) -> Response:
        release = self._world.release(int(release_id)) if release_id.isdecimal() else None
        if release is None:
            raise HttpError(404, NO_RELEASE)
        return json_response(self._describe(release, viewer))

    def search(self, request: Request, viewer: Viewer) -> Response:
        query = request.query
        wanted = [
            word
            for name in ("q", "artist", "title", "label", "catno")
            for word in query.get(name, "").casefold().split()
        ]
        rows = [row for row in self._releases() if all(word in _text(row) for word in wanted)]
        page = paging.turn_to(query, len(rows), f"{self._views.base}/database/search")
        shown = [self._result(row, viewer) for row in rows[page.rows]]
        answer = json_response({"pagination": page.envelope(), "results": shown}, page=page.number, pages=page.pages)
        return answer.with_headers(*page.link_header())

    def _releases(self) -> list[Release]:
        known = self._world.catalogue()
        return [known[number] for number in sorted(known)]

    def _describe(self, release: Release, viewer: Viewer) -> Json:
        base = self._views.base
        prices = [
            row.price
            for row in self._world.listings.values()
            if row.release.id == release.id and row.status == FOR_SALE
        ]
        return {
            "id": release.id,
            "status": "Accepted",
            "year": release.year,
            "resource_url": f"{base}/releases/{release.id}",
            "uri": f"{WEB}/release/{release.id}",
            "artists": [artist(credit, base) for credit in release.artists],
            "artists_sort": release.artist,
            "labels": [label(credit, base) for credit in release.labels],
            "formats": formats(release),
            "community": {
                "have": release.in_collection,
                "want": release.in_wantlist,
                "rating": {"count": 12, "average": 4.2},
            },
            "format_quantity": sum(part.quantity for part in release.formats) or 1,
            "num_for_sale": len(prices),
            "lowest_price": float(min(prices)) if prices else None,
            "master_id": release.master_id,
            "master_url": f"{base}/masters/{release.master_id}" if release.master_id else None,
            "title": release.title,
            "country": release.country,
            "released": str(release.year) if release.year else "",
            "identifiers": [{"type": "Barcode", "value": f"4 {release.id:012}"}],
            "genres": list(release.genres),
            "styles": list(release.styles),
            "tracklist": [
                {"position": place, "type_": "track", "title": f"{release.title}, Part {place}", "duration": "4:17"}
                for place in ("A1", "A2", "B1", "B2")
            ],
            "images": self._views.images(release.id) if viewer.has_credential else [],
            "thumb": self._views.thumbnail(release.id) if viewer.has_credential else "",
        }

    def _result(self, release: Release, viewer: Viewer) -> Json:
        return {
            "id": release.id,
            "type": "release",
            "title": f"{release.artist} - {release.title}",
            "year": str(release.year) if release.year else "",
            "country": release.country,
            "genre": list(release.genres),
            "style": list(release.styles),
            "format": [part.name for part in release.formats],
            "label": [credit.name for credit in release.labels],
            "catno": release.catalog_number,
            "barcode": [],
            "master_id": release.master_id,
            "uri": f"/release/{release.id}",
            "resource_url": f"{self._views.base}/releases/{release.id}",
            "thumb": self._views.thumbnail(release.id) if viewer.has_credential else "",
            "cover_image": f"{self._views.base}/covers/{release.id}.svg" if viewer.has_credential else "",
            "community": {"want": release.in_wantlist, "have": release.in_collection},
        }


def _text(release: Release) -> str:
    return f"{release.artist} {release.title} {release.label} {release.catalog_number}".casefold()
