"""Which path is answered by whom, and the headers every answer carries."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from . import covers
from .catalogue import Catalogue
from .collection import Collection
from .collection_writes import CollectionWrites
from .entities import Entities
from .export_jobs import ExportJobs
from .inventory import Inventory
from .lists import Lists
from .market import Market
from .messages import HttpError, Request, Response, html_response
from .oauth_pages import OAuthPages
from .orders import Orders
from .search import Search
from .users import Users
from .viewer import BadCredential, Caller, Viewer
from .views import ListingViews
from .vocabulary import INVALID_TOKEN, NO_RESOURCE
from .wantlist import Wantlist
from .world import World

Handler = Callable[..., Response]

_COMMON = (
    ("Strict-Transport-Security", "max-age=15552000"),
    ("Vary", "Accept-Encoding"),
    ("cf-cache-status", "DYNAMIC"),
    ("Server", "cloudflare"),
)
_LEGACY = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Headers", "Content-Type, authorization, User-Agent, Private-Auth-Secret, Discogs-UID"),
    ("Access-Control-Allow-Methods", "HEAD,OPTIONS,GET,OPTIONS"),
    ("Access-Control-Expose-Headers", "Location"),
    ("Cache-Control", "public, must-revalidate"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("X-XSS-Protection", "1; mode=block"),
    ("x-discogs-media-type", "discogs.v2"),
)


_NEWER = re.compile("/users/[^/]+/(collection|wants)(/|$)|/(releases|masters)/")


class Routes:
    """Everything below one base address."""

    def __init__(self, world: World, base: str) -> None:
        views = ListingViews(base)
        self.exports = ExportJobs(world, base)
        self._world = world
        users, inventory = Users(world, base), Inventory(world, views)
        collection, orders, market = Collection(world, views), Orders(world, base), Market(world)
        catalogue, search = Catalogue(world, views, market), Search(world, views)
        oauth = OAuthPages(world)
        entities = Entities(world, views, market)
        writes, wants = CollectionWrites(world, views, collection), Wantlist(world, views)
        lists = Lists(world, views)
        folders, folder = "/users/{}/collection/folders", "/users/{}/collection/folders/{}"
        instance = f"{folder}/releases/{{}}/instances/{{}}"
        self._table: list[tuple[str, re.Pattern[str], Handler]] = [
            _route("GET", "/oauth/identity", users.identity),
            _route("GET", "/oauth/request_token", oauth.request_token),
            _route("POST", "/oauth/request_token", oauth.request_token),
            _route("GET", "/oauth/authorize", oauth.ask),
            _route("POST", "/oauth/authorize", oauth.decide),
            _route("POST", "/oauth/access_token", oauth.access_token),
            _route("GET", "/users/{}", users.profile),
            _route("GET", "/users/{}/inventory", inventory.page),
            _route("GET", folders, collection.folders),
            _route("POST", folders, writes.add_folder),
            _route("GET", folder, collection.folder),
            _route("POST", folder, writes.rename_folder),
            _route("DELETE", folder, writes.delete_folder),
            _route("GET", f"{folder}/releases", collection.releases),
            _route("POST", f"{folder}/releases/{{}}", writes.add_copy),
            _route("POST", instance, writes.edit_copy),
            _route("DELETE", instance, writes.delete_copy),
            _route("POST", f"{instance}/fields/{{}}", writes.edit_field),
            _route("GET", "/users/{}/collection/releases/{}", collection.of_release),
            _route("GET", "/users/{}/collection/fields", collection.fields),
            _route("GET", "/users/{}/collection/value", collection.value),
            _route("GET", "/users/{}/wants", wants.page),
            _route("PUT", "/users/{}/wants/{}", wants.put),
            _route("POST", "/users/{}/wants/{}", wants.put),
            _route("DELETE", "/users/{}/wants/{}", wants.delete),
            _route("GET", "/users/{}/lists", lists.page),
            _route("GET", "/lists/{}", lists.one),
            _route("GET", "/marketplace/listings/{}", inventory.listing),
            _route("GET", "/marketplace/orders", orders.page),
            _route("GET", "/marketplace/orders/{}", orders.one),
            _route("POST", "/inventory/export", self.exports.start),
            _route("GET", "/inventory/export", self.exports.page),
            _route("GET", "/inventory/export/{}", self.exports.one),
            _route("GET", "/inventory/export/{}/download", self.exports.download),
            _route("GET", "/marketplace/stats/{}", market.stats),
            _route("GET", "/marketplace/price_suggestions/{}", market.suggestions),
            _route("GET", "/marketplace/fee/{}", market.fee),
            _route("GET", "/marketplace/fee/{}/{}", market.fee),
            _route("GET", "/releases/{}", catalogue.release),
            _route("GET", "/releases/{}/rating", market.rating),
            _route("GET", "/releases/{}/stats", market.have_and_want),
            *(_route(method, "/releases/{}/rating/{}", market.user_rating) for method in ("GET", "PUT", "DELETE")),
            _route("GET", "/masters/{}", entities.master),
            _route("GET", "/masters/{}/versions", entities.versions),
            _route("GET", "/artists/{}", entities.artist),
            _route("GET", "/artists/{}/releases", entities.artist_releases),
            _route("GET", "/labels/{}", entities.label),
            _route("GET", "/labels/{}/releases", entities.label_releases),
            _route("GET", "/database/search", search.page),
            _route("GET", "/covers/{}", covers.cover),
        ]

    def answer(self, request: Request, caller: Caller | None = None) -> Response:
        """The answer of a Discogs without faults and limits."""
        if not is_website(request) and not request.headers.get("user-agent"):
            return html_response(403, "Access denied")
        with self._world.lock:
            try:
                answer = self._find(request, self._viewer(request, caller or Caller(self._world, request)))
            except BadCredential:
                answer = HttpError(401, INVALID_TOKEN).response()
            except HttpError as error:
                answer = error.response()
        newer = _NEWER.match(request.path) is not None
        return answer.with_headers(*_COMMON, *(() if newer else _LEGACY))

    def _viewer(self, request: Request, caller: Caller) -> Viewer:
        # Who asks for a token has none yet; the handlers check the signature themselves.
        is_dance = request.path in {"/oauth/request_token", "/oauth/access_token"}
        return Viewer() if is_dance or is_website(request) else caller.viewer

    def _find(self, request: Request, viewer: Viewer) -> Response:
        known_path = False
        for method, pattern, handler in self._table:
            match = pattern.fullmatch(request.path)
            if match and method == ("GET" if request.method == "HEAD" else request.method):
                return handler(request, viewer, *(unquote(part) for part in match.groups()))
            known_path = known_path or match is not None
        if known_path:
            raise HttpError(405, f"Method {request.method} is not allowed for this resource.")
        raise HttpError(404, NO_RESOURCE)


def is_website(request: Request) -> bool:
    """Pictures and the page where users decide: other hosts than the API upstream, without its rules."""
    return request.path.startswith("/covers/") or request.path == "/oauth/authorize"


def _route(method: str, path: str, handler: Handler) -> tuple[str, re.Pattern[str], Handler]:
    return method, re.compile(path.replace("{}", "([^/]+)")), handler
