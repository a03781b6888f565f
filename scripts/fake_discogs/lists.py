"""`/users/{u}/lists` and `/lists/{id}`: lists that users make of entries of the catalogue."""

from . import paging
from .messages import HttpError, Request, Response, json_response
from .records import Account, UserList
from .viewer import Viewer
from .views import WEB, ListingViews, timestamp
from .vocabulary import NO_LIST, NO_USER, Json
from .world import World


class Lists:
    def __init__(self, world: World, views: ListingViews) -> None:
        self._world = world
        self._views = views

    def page(self, request: Request, viewer: Viewer, username: str) -> Response:
        """Private ones are shown to their owner only."""
        account = self._world.account(username)
        if account is None:
            raise HttpError(404, NO_USER)
        rows = [row for row in self._world.shelf(account).lists if row.public or viewer.owns(account)]
        page = paging.turn_to(request.query, len(rows), f"{self._views.base}/users/{account.username}/lists")
        shown = [self._head(row, account) for row in rows[page.rows]]
        answer = json_response({"pagination": page.envelope(), "lists": shown}, page=page.number, pages=page.pages)
        return answer.with_headers(*page.link_header())

    def one(self, _request: Request, viewer: Viewer, list_id: str) -> Response:
        """Whole, without pages; 404 for a private one of somebody else."""
        for account in self._world.accounts.values():
            for row in self._world.shelf(account).lists:
                if str(row.id) == list_id and (row.public or viewer.owns(account)):
                    items = [self._item(number, comment) for number, comment in row.items]
                    return json_response(self._head(row, account) | {"items": items})
        raise HttpError(404, NO_LIST)

    def _head(self, row: UserList, account: Account) -> Json:
        return {
            "id": row.id,
            "user": {
                "id": account.id,
                "username": account.username,
                "avatar_url": f"{self._views.base}/covers/{account.id}.svg",
                "resource_url": f"{self._views.base}/users/{account.username}",
            },
            "name": row.name,
            "description": row.description,
            "public": row.public,
            "date_added": timestamp(row.added),
            "date_changed": timestamp(row.changed),
            "uri": f"{WEB}/lists/{row.id}",
            "resource_url": f"{self._views.base}/lists/{row.id}",
            "image_url": "",
        }

    def _item(self, release_id: int, comment: str) -> Json:
        """Entries that were deleted since are still listed."""
        release = self._world.catalogue().get(release_id)
        title = f"{release.artist} - {release.title}" if release else ""
        community = {
            "in_wantlist": release.in_wantlist if release else 0,
            "in_collection": release.in_collection if release else 0,
        }
        return {
            "id": release_id,
            "type": "release",
            "display_title": title,
            "comment": comment,
            "uri": f"{WEB}/release/{release_id}",
            "resource_url": f"{self._views.base}/releases/{release_id}",
            "image_url": self._views.thumbnail(release_id),
            "stats": {"community": community},
        }
