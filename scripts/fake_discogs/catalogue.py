"""`/releases/{id}`: the full entry."""

import re

from .liner_notes import details
from .market import Market, asked_currency, community_rating
from .messages import HttpError, Request, Response, json_response
from .records import Release
from .release_views import artist, formats, label
from .viewer import Viewer
from .views import WEB, ListingViews
from .vocabulary import NO_RELEASE, Json
from .world import World


class Catalogue:
    def __init__(self, world: World, views: ListingViews, market: Market) -> None:
        self._world = world
        self._views = views
        self._market = market

    def release(self, request: Request, viewer: Viewer, release_id: str) -> Response:
        """404 for deleted and merged entries; there is no redirect to what they were merged into."""
        release = self._world.release(int(release_id)) if release_id.isdecimal() else None
        if release is None:
            raise HttpError(404, NO_RELEASE)
        shown = self._describe(release, asked_currency(request, viewer)) | details(release, self._views.base)
        shown |= self._pictures(release, viewer) | dict(release.overrides)
        return json_response({key: value for key, value in shown.items() if key not in release.without})

    def _pictures(self, release: Release, viewer: Viewer) -> Json:
        shown = viewer.has_credential or self._world.policy.release_images_for_strangers
        images = self._views.images(release.id, shown=shown)
        return {"images": images, "thumb": images[0]["uri150"]}

    def _describe(self, release: Release, currency: str) -> Json:
        base = self._views.base
        shown: Json = {
            "id": release.id,
            "status": "Accepted",
            "year": release.year,
            "resource_url": f"{base}/releases/{release.id}",
            "uri": f"{WEB}{web_path(release)}",
            "artists": [artist(credit, base) for credit in release.artists],
            "artists_sort": release.artist.replace("*", ""),
            "labels": [label(credit, base) for credit in release.labels],
            "formats": formats(release),
            "community": self._community(release),
            "format_quantity": sum(part.quantity for part in release.formats) or 1,
            "num_for_sale": len(self._market.offers(release)),
            # A bare number in a currency that the answer does not name.
            "lowest_price": self._market.lowest(release, currency),
            "blocked_from_sale": release.blocked_from_sale,
            "is_offensive": False,
            "title": release.title,
            "genres": list(release.genres),
            "estimated_weight": 230 * (sum(part.quantity for part in release.formats) or 1),
        }
        if release.master_id:
            shown |= {"master_id": release.master_id, "master_url": f"{base}/masters/{release.master_id}"}
        if release.country:
            shown["country"] = release.country
        if release.styles:
            shown["styles"] = list(release.styles)
        return shown

    def _community(self, release: Release) -> Json:
        submitter = {"username": "first_finder", "resource_url": f"{self._views.base}/users/first_finder"}
        return {
            "have": release.in_collection,
            "want": release.in_wantlist,
            "rating": community_rating(release),
            "submitter": submitter,
            "contributors": [submitter],
            "data_quality": "Correct",
            "status": "Accepted",
        }


def web_path(release: Release) -> str:
    """Where the website shows it, below its host."""
    words = re.findall(r"[\w']+", f"{release.artist} {release.title}".replace("*", ""))
    return f"/release/{release.id}-{'-'.join(words)}" if words else f"/release/{release.id}"
