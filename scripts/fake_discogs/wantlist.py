"""`/users/{u}/wants`: one row per wanted release."""

from collections.abc import Callable
from typing import Any

from . import paging
from .messages import HttpError, Request, Response, dump, json_response
from .records import Account, Want
from .release_views import basic_information
from .validation import body, choice, require_owner, text, whole_number
from .viewer import Viewer
from .views import ListingViews, timestamp
from .vocabulary import NO_USER, NO_WANT, PRIVATE, Json
from .world import World

# Undocumented upstream; these are what client libraries use.
_SORT_KEYS: dict[str, Callable[[Want], Any]] = {
    "added": lambda row: row.added,
    "artist": lambda row: row.release.artist.casefold(),
    "label": lambda row: row.release.label.casefold(),
    "rating": lambda row: row.rating,
    "title": lambda row: row.release.title.casefold(),
    "year": lambda row: row.release.year,
}


class Wantlist:
    def __init__(self, world: World, views: ListingViews) -> None:
        self._world = world
        self._views = views

    def page(self, request: Request, viewer: Viewer, username: str) -> Response:
        account = self._account(username)
        shelf = self._world.shelf(account)
        if shelf.wants_are_private and not viewer.owns(account):
            raise HttpError(403, PRIVATE)
        sort = choice(request, "sort", tuple(_SORT_KEYS), "added")
        descending = choice(request, "sort_order", ("asc", "desc"), "asc") == "desc"
        rows = sorted(shelf.wants.values(), key=lambda row: row.release.id)
        rows.sort(key=_SORT_KEYS[sort], reverse=descending)
        page = paging.turn_to(request.query, len(rows), f"{self._views.base}/users/{account.username}/wants")
        shown = [self._describe(row, account, viewer) for row in rows[page.rows]]
        return Response(body=dump({"pagination": page.envelope(), "wants": shown}), page=page.number, pages=page.pages)

    def put(self, request: Request, viewer: Viewer, username: str, release_id: str) -> Response:
        """Add or change an entry: 201 for PUT, 200 for POST."""
        account = self._account(username)
        require_owner(viewer, account)
        release = self._world.release(int(release_id)) if release_id.isdecimal() else None
        if release is None:
            raise HttpError(404, NO_WANT)
        sent = body(request) | dict(request.query)
        changes: Json = {}
        if "notes" in sent:
            changes["notes"] = text(sent["notes"], "notes")
        if "rating" in sent:
            changes["rating"] = whole_number(sent["rating"], "rating", 0, 5)
        self._world.want(release.id, of=account.username, **changes)
        want = self._world.shelf(account).wants[release.id]
        return json_response(self._describe(want, account, viewer), status=201 if request.method == "PUT" else 200)

    def delete(self, _request: Request, viewer: Viewer, username: str, release_id: str) -> Response:
        """204 for an absent entry as well, as recorded."""
        account = self._account(username)
        require_owner(viewer, account)
        if release_id.isdecimal() and int(release_id) in self._world.shelf(account).wants:
            self._world.unwant(int(release_id), of=account.username)
        return Response(204)

    def _account(self, username: str) -> Account:
        account = self._world.account(username)
        if account is None:
            raise HttpError(404, NO_USER)
        return account

    def _describe(self, row: Want, account: Account, viewer: Viewer) -> Json:
        shown: Json = {
            "id": row.release.id,
            "resource_url": f"{self._views.base}/users/{account.username}/wants/{row.release.id}",
            "rating": row.rating,
            "date_added": timestamp(row.added),
            "basic_information": basic_information(row.release, self._views),
        }
        return shown | ({"notes": row.notes} if viewer.owns(account) else {})
