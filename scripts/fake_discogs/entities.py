"""`/masters/{id}`, `/artists/{id}`, `/labels/{id}` and the releases below them, as far as the world knows any."""

from collections.abc import Callable
from typing import Any

from . import paging
from .liner_notes import details
from .market import Market, asked_currency
from .messages import HttpError, Request, Response, json_response
from .records import Credit, Release
from .release_views import artist
from .viewer import Viewer
from .views import WEB, ListingViews
from .vocabulary import NO_ARTIST, NO_LABEL, NO_MASTER, Json
from .world import World


class Entities:
    def __init__(self, world: World, views: ListingViews, market: Market) -> None:
        self._world = world
        self._views = views
        self._market = market

    def master(self, request: Request, viewer: Viewer, master_id: str) -> Response:
        """Told as its first release tells it."""
        versions = self._versions(master_id)
        main, newest, base = versions[0], versions[-1], self._views.base
        currency, told = asked_currency(request, viewer), details(main, base)
        prices = [price for row in versions if (price := self._market.lowest(row, currency)) is not None]
        shown: Json = {
            "id": main.master_id,
            "main_release": main.id,
            "main_release_url": f"{base}/releases/{main.id}",
            "most_recent_release": newest.id,
            "most_recent_release_url": f"{base}/releases/{newest.id}",
            "resource_url": f"{base}/masters/{main.master_id}",
            "uri": f"{WEB}/master/{main.master_id}",
            "versions_url": f"{base}/masters/{main.master_id}/versions",
            "title": main.title,
            "year": main.year,
            "artists": [artist(credit, base) for credit in main.artists],
            "genres": list(main.genres),
            "styles": list(main.styles),
            "tracklist": told["tracklist"],
            "images": self._images(main.id, viewer),
            "num_for_sale": sum(len(self._market.offers(row)) for row in versions),
            "lowest_price": min(prices, default=None),
            "data_quality": "Correct",
        }
        return json_response(shown | ({"videos": told["videos"]} if "videos" in told else {}))

    def versions(self, request: Request, viewer: Viewer, master_id: str) -> Response:
        rows = self._versions(master_id)
        page = paging.turn_to(request.query, len(rows), f"{self._views.base}/masters/{master_id}/versions")
        shown = [self._version(row, viewer) for row in rows[page.rows]]
        empty = {"filters": {"applied": {}, "available": {}}, "filter_facets": []}
        answer = {"pagination": page.envelope(), **empty, "versions": shown}
        return json_response(answer, page=page.number, pages=page.pages)

    def artist(self, _request: Request, viewer: Viewer, artist_id: str) -> Response:
        credit = self._credit(artist_id, lambda row: row.artists, NO_ARTIST)
        base, number = self._views.base, credit.id
        shown: Json = {
            "id": number,
            "name": credit.name,
            "resource_url": f"{base}/artists/{number}",
            "uri": f"{WEB}/artist/{number}",
            "releases_url": f"{base}/artists/{number}/releases",
            "images": self._images(number, viewer),
            "profile": f"Invented by a test. See [a{number}] & [l=Somewhere].",
            "data_quality": "Needs Vote",
        }
        return json_response(shown | ({"namevariations": [credit.variation]} if credit.variation else {}))

    def label(self, _request: Request, viewer: Viewer, label_id: str) -> Response:
        credit = self._credit(label_id, lambda row: row.labels, NO_LABEL)
        base, number = self._views.base, credit.id
        shown: Json = {
            "id": number,
            "name": credit.name,
            "resource_url": f"{base}/labels/{number}",
            "uri": f"{WEB}/label/{number}",
            "releases_url": f"{base}/labels/{number}/releases",
            "images": self._images(number, viewer),
            "profile": "",
            "data_quality": "Needs Vote",
        }
        return json_response(shown)

    def artist_releases(self, request: Request, viewer: Viewer, artist_id: str) -> Response:
        credit = self._credit(artist_id, lambda row: row.artists, NO_ARTIST)
        rows = [row for row in self._releases() if credit.id in {one.id for one in row.artists}]
        more: Json = {"type": "release", "role": "Main"}
        return self._discography(request, viewer, rows, f"artists/{credit.id}/releases", more)

    def label_releases(self, request: Request, viewer: Viewer, label_id: str) -> Response:
        credit = self._credit(label_id, lambda row: row.labels, NO_LABEL)
        rows = [row for row in self._releases() if credit.id in {one.id for one in row.labels}]
        return self._discography(request, viewer, rows, f"labels/{credit.id}/releases", {})

    def _discography(
        self, request: Request, viewer: Viewer, rows: list[Release], below: str, more: dict[str, Any]
    ) -> Response:
        page = paging.turn_to(request.query, len(rows), f"{self._views.base}/{below}")
        shown = [self._entry(row, viewer) | more for row in rows[page.rows]]
        answer = json_response({"pagination": page.envelope(), "releases": shown}, page=page.number, pages=page.pages)
        return answer.with_headers(*page.link_header())

    def _entry(self, row: Release, viewer: Viewer) -> Json:
        return {
            "id": row.id,
            "status": "Accepted",
            "title": row.title,
            "artist": row.artist,
            "label": row.label,
            "catno": row.catalog_number,
            "format": row.format,
            "year": row.year,
            "resource_url": f"{self._views.base}/releases/{row.id}",
            "thumb": self._views.thumbnail(row.id) if viewer.has_credential else "",
        }

    def _version(self, row: Release, viewer: Viewer) -> Json:
        shown = self._entry(row, viewer)
        shown |= {"released": str(row.year) if row.year else "", "country": row.country}
        community = {"in_wantlist": row.in_wantlist, "in_collection": row.in_collection}
        shown["major_formats"] = [part.name for part in row.formats]
        shown["stats"] = {"community": community}
        return {key: value for key, value in shown.items() if key not in {"artist", "year"}}

    def _images(self, number: int, viewer: Viewer) -> list[Json]:
        shown = viewer.has_credential or self._world.policy.release_images_for_strangers
        return self._views.images(number, shown=shown)

    def _releases(self) -> list[Release]:
        known = self._world.catalogue()
        return [known[number] for number in sorted(known) if number not in self._world.deleted_releases]

    def _versions(self, master_id: str) -> list[Release]:
        wanted = int(master_id) if master_id.isdecimal() else 0
        rows = [row for row in self._releases() if wanted and row.master_id == wanted]
        if not rows:
            raise HttpError(404, NO_MASTER)
        return rows

    def _credit(self, text: str, of: Callable[[Release], tuple[Credit, ...]], unknown: str) -> Credit:
        wanted = int(text) if text.isdecimal() else 0
        for row in self._world.catalogue().values():
            for credit in of(row):
                if credit.id == wanted:
                    return credit
        raise HttpError(404, unknown)
