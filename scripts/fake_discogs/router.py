"""Which path is answered by what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from . import collection, people
from .covers import cover
from .export_jobs import ExportJobs
from .inventory import Inventory
from .messages import HttpError, Request, Response, html_response, json_response
from .viewer import BadCredential, Viewer, identify
from .views import ListingViews
from .vocabulary import INVALID_TOKEN, MUST_AUTHENTICATE, NO_RESOURCE
from .world import World

LISTING = re.compile(r"/marketplace/listings/(\d+)")
ORDER = re.compile(r"/marketplace/orders/([\w-]+)")
USER = re.compile(r"/users/([^/]+)(/inventory)?")
EXPORT = re.compile(r"/inventory/export/(\d+)(/download)?")
COVER = re.compile(r"/covers/(\d+)(?:-150)?\.svg")
UNAUTHENTICATED = (("WWW-Authenticate", 'OAuth realm="https://api.discogs.com"'),)


@dataclass
class Router:
    """The whole of the fake API over one world, served at `base`."""

    world: World
    base: str

    def __post_init__(self) -> None:
        self.views = ListingViews(self.base)
        self.inventory = Inventory(self.world, self.views)
        self.exports = ExportJobs(self.world, self.base)

    def answer(self, request: Request) -> Response:
        """The answer as Discogs gives it, errors included."""
        if found := COVER.fullmatch(request.path):
            return cover(int(found[1]))
        if not request.headers.get("user-agent"):
            return html_response(403, "Access denied")
        try:
            viewer = identify(self.world, request.headers, request.query)
            with self.world.lock:
                return self._route(request, viewer)
        except BadCredential:
            return json_response({"message": INVALID_TOKEN}, status=401)
        except HttpError as error:
            return error.response()

    def _route(self, request: Request, viewer: Viewer) -> Response:
        path = request.path
        if path == "/inventory/export" or EXPORT.fullmatch(path):
            return self._export(request, viewer)
        if request.method != "GET":
            raise HttpError(405, f"Method {request.method} is not allowed for this resource.")
        if path == "/oauth/identity":
            return people.identity(viewer, self.base)
        if path == "/marketplace/orders":
            return people.orders(self.world, viewer, request, self.base)
        if found := LISTING.fullmatch(path):
            return self.inventory.listing(request, viewer, found[1])
        if found := ORDER.fullmatch(path):
            return people.order(self.world, viewer, found[1], self.base)
        if found := USER.fullmatch(path):
            if found[2]:
                return self.inventory.page(request, viewer, found[1])
            return people.profile(self.world, viewer, found[1], self.base, self.inventory.count_for_sale())
        if path.startswith("/users/"):
            return collection.answer(self.world, self.views, request, viewer)
        raise HttpError(404, NO_RESOURCE)

    def _export(self, request: Request, viewer: Viewer) -> Response:
        if not viewer.owns(self.world.seller):
            raise HttpError(401, MUST_AUTHENTICATE, headers=UNAUTHENTICATED)
        found = EXPORT.fullmatch(request.path)
        if found is None:
            return self.exports.start() if request.method == "POST" else self.exports.list()
        number = int(found[1])
        return self.exports.download(number) if found[2] else self.exports.one(number)


def apply_operation(world: World, operation: dict[str, Any]) -> Any:
    """Change the world from outside: {"op": "sell", "id": 1}. Raises KeyError for what is not offered."""
    allowed = {
        "sell", "draft", "expire", "publish", "delete", "add", "relist", "reprice", "edit", "reorder", "set_hidden",
        "rename_seller", "foreign_identity", "revoke_token", "set_private",
    }  # fmt: skip
    name = operation["op"]
    if name not in allowed:
        raise KeyError(name)
    arguments = [operation["id"]] if "id" in operation else []
    with world.lock:
        done = getattr(world, name)(*arguments, **operation.get("with", {}))
    return done if isinstance(done, int) else None
