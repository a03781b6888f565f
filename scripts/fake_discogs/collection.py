"""Reading a collection: folders, copies, custom fields, value."""

import random
from collections.abc import Callable
from typing import Any

from . import paging
from .messages import HttpError, Request, Response, dump, json_response
from .records import Account, Copy, Field, Folder
from .release_views import basic_information
from .shelves import ALL_FOLDER
from .validation import choice
from .viewer import Viewer
from .views import ListingViews, timestamp
from .vocabulary import COLLECTION_SORTS, NO_FOLDER, NO_USER, PRIVATE, SYMBOLS, Json
from .world import World

_SORT_KEYS: dict[str, Callable[[Copy], Any]] = {
    "label": lambda row: row.release.label.casefold(),
    "artist": lambda row: row.release.artist.casefold(),
    "title": lambda row: row.release.title.casefold(),
    "catno": lambda row: row.release.catalog_number.casefold(),
    "format": lambda row: row.release.format.casefold(),
    "rating": lambda row: row.rating,
    "added": lambda row: row.added,
    "year": lambda row: row.release.year,
}


class Collection:
    """This part of Discogs runs on the newer back end: no Link header, and 422 answers carry `detail`."""

    def __init__(self, world: World, views: ListingViews) -> None:
        self._world = world
        self._views = views

    def folders(self, _request: Request, viewer: Viewer, username: str) -> Response:
        account = self._account(username, viewer)
        shown = [Folder(ALL_FOLDER, "All"), *(self._world.shelf(account).folders if viewer.owns(account) else ())]
        return json_response({"folders": [self.describe_folder(account, folder) for folder in shown]})

    def folder(self, _request: Request, viewer: Viewer, username: str, folder_id: str) -> Response:
        account = self._account(username, viewer)
        return json_response(self.describe_folder(account, self._folder(folder_id, account, viewer)))

    def releases(self, request: Request, viewer: Viewer, username: str, folder_id: str) -> Response:
        account = self._account(username, viewer)
        folder = self._folder(folder_id, account, viewer)
        rows = self._world.shelf(account).in_folder(folder.id)
        return self._page(request, viewer, account, rows, f"folders/{folder.id}/releases")

    def of_release(self, request: Request, viewer: Viewer, username: str, release_id: str) -> Response:
        """All copies of one release, wherever they lie; an empty list when there is none."""
        account = self._account(username, viewer)
        rows = self._world.shelf(account).of_release(int(release_id)) if release_id.isdecimal() else []
        return self._page(request, viewer, account, rows, f"releases/{release_id}")

    def fields(self, _request: Request, viewer: Viewer, username: str) -> Response:
        account = self._account(username, viewer)
        _owner_only(viewer, account)
        fields = self._world.shelf(account).fields
        return json_response({"fields": [_field(field, place) for place, field in enumerate(fields, start=1)]})

    def value(self, _request: Request, viewer: Viewer, username: str) -> Response:
        account = self._account(username, viewer)
        _owner_only(viewer, account)
        count, sign = len(self._world.shelf(account).copies), SYMBOLS.get(account.currency, account.currency)
        each = (("minimum", 4.1), ("median", 11.37), ("maximum", 26.8))
        return json_response({name: f"{sign}{count * amount:,.2f}" for name, amount in each})

    def describe_folder(self, account: Account, folder: Folder) -> Json:
        count = len(self._world.shelf(account).in_folder(folder.id))
        return {
            "id": folder.id,
            "name": folder.name,
            "count": max(0, count + self._world.policy.counts_off_by),
            "resource_url": f"{self._views.base}/users/{account.username}/collection/folders/{folder.id}",
        }

    def _page(self, request: Request, viewer: Viewer, account: Account, rows: list[Copy], below: str) -> Response:
        rows = self._sorted(request, rows)
        page = paging.turn_to(
            request.query, len(rows), f"{self._views.base}/users/{account.username}/collection/{below}"
        )
        hidden = frozenset() if viewer.owns(account) else self._world.shelf(account).hidden_fields()
        shown = [self._copy(row, hidden) for row in rows[page.rows]]
        body = dump({"pagination": page.envelope(), "releases": shown})
        return Response(body=body, page=page.number, pages=page.pages)

    def _sorted(self, request: Request, rows: list[Copy]) -> list[Copy]:
        """By label unless told otherwise; equal rows in the order of their ids until the world is reordered."""
        sort = choice(request, "sort", COLLECTION_SORTS, "label")
        descending = choice(request, "sort_order", ("asc", "desc"), "asc") == "desc"
        rows = sorted(rows, key=lambda row: row.instance_id)
        if self._world.shuffle_seed is not None:
            random.Random(self._world.shuffle_seed).shuffle(rows)
        return sorted(rows, key=_SORT_KEYS[sort], reverse=descending)

    def _account(self, username: str, viewer: Viewer) -> Account:
        account = self._world.account(username)
        if account is None:
            raise HttpError(404, NO_USER)
        if self._world.shelf(account).is_private:
            _owner_only(viewer, account)
        return account

    def _folder(self, text: str, account: Account, viewer: Viewer) -> Folder:
        folder = self._world.shelf(account).find_folder(int(text)) if text.isdecimal() else None
        if folder is None:
            raise HttpError(404, NO_FOLDER)
        if folder.id != ALL_FOLDER:
            _owner_only(viewer, account)
        return folder

    def _copy(self, row: Copy, hidden_fields: frozenset[int]) -> Json:
        shown: Json = {
            "id": row.release.id,
            "instance_id": row.instance_id,
            "date_added": timestamp(row.added),
            "rating": row.rating,
            "basic_information": basic_information(row.release, self._views),
            "folder_id": row.folder_id,
        }
        notes = [{"field_id": field, "value": value} for field, value in row.notes if field not in hidden_fields]
        return shown | ({"notes": notes} if notes else {})


def _field(field: Field, position: int) -> Json:
    shown: Json = {
        "id": field.id,
        "name": field.name,
        "type": field.type,
        "position": position,
        "public": field.public,
    }
    return shown | ({"options": list(field.options)} if field.type == "dropdown" else {"lines": field.lines})


def _owner_only(viewer: Viewer, account: Account) -> None:
    if not viewer.owns(account):
        raise HttpError(403, PRIVATE)
