"""The seller's collection: folders, copies, custom fields, value."""

from collections.abc import Callable
from typing import Any

from . import paging
from .messages import HttpError, Request, Response, dump, json_response
from .records import Account, Copy, Credit, Field, Release
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
        shown = [self._folder(account, 0, "All")]
        if viewer.owns(account):
            shown += [self._folder(account, folder.id, folder.name) for folder in self._world.folders]
        return json_response({"folders": shown})

    def folder(self, _request: Request, viewer: Viewer, username: str, folder_id: str) -> Response:
        account = self._account(username, viewer)
        number = self._folder_id(folder_id, account, viewer)
        names = {folder.id: folder.name for folder in self._world.folders} | {0: "All"}
        return json_response(self._folder(account, number, names[number]))

    def releases(self, request: Request, viewer: Viewer, username: str, folder_id: str) -> Response:
        account = self._account(username, viewer)
        number = self._folder_id(folder_id, account, viewer)
        rows = sorted(self._copies(account, number), key=lambda row: row.instance_id)
        rows.sort(key=_SORT_KEYS[_sort(request)], reverse=request.query.get("sort_order") == "desc")
        url = f"{self._views.base}/users/{account.username}/collection/folders/{number}/releases"
        page = paging.turn_to(request.query, len(rows), url)
        hidden = set() if viewer.owns(account) else {field.id for field in self._world.fields if not field.public}
        shown = [self._copy(row, hidden) for row in rows[page.rows]]
        body = dump({"pagination": page.envelope(), "releases": shown})
        return Response(body=body, page=page.number, pages=page.pages)

    def fields(self, _request: Request, viewer: Viewer, username: str) -> Response:
        account = self._account(username, viewer)
        _owner_only(viewer, account)
        shown = [_field(field, place) for place, field in enumerate(self._world.fields, start=1)]
        return json_response({"fields": shown})

    def value(self, _request: Request, viewer: Viewer, username: str) -> Response:
        account = self._account(username, viewer)
        _owner_only(viewer, account)
        count, sign = len(self._copies(account, 0)), SYMBOLS.get(account.currency, account.currency)
        shown = {
            name: f"{sign}{count * each:,.2f}"
            for name, each in (("minimum", 4.1), ("median", 11.37), ("maximum", 26.8))
        }
        return json_response(shown)

    def _account(self, username: str, viewer: Viewer) -> Account:
        account = self._world.account(username)
        if account is None:
            raise HttpError(404, NO_USER)
        if self._world.private and not viewer.owns(account):
            raise HttpError(403, PRIVATE)
        return account

    def _folder_id(self, text: str, account: Account, viewer: Viewer) -> int:
        known = {0, *(folder.id for folder in self._world.folders)}
        if not text.isdecimal() or int(text) not in known:
            raise HttpError(404, NO_FOLDER)
        if int(text) != 0:
            _owner_only(viewer, account)
        return int(text)

    def _copies(self, account: Account, folder_id: int) -> list[Copy]:
        if account is not self._world.seller:
            return []
        return [row for row in self._world.copies.values() if folder_id in (0, row.folder_id)]

    def _folder(self, account: Account, folder_id: int, name: str) -> Json:
        return {
            "id": folder_id,
            "name": name,
            "count": len(self._copies(account, folder_id)),
            "resource_url": f"{self._views.base}/users/{account.username}/collection/folders/{folder_id}",
        }

    def _copy(self, row: Copy, hidden_fields: set[int]) -> Json:
        shown: Json = {
            "id": row.release.id,
            "instance_id": row.instance_id,
            "date_added": timestamp(row.added),
            "rating": row.rating,
            "basic_information": self._basic_information(row.release),
            "folder_id": row.folder_id,
        }
        notes = [{"field_id": field, "value": value} for field, value in row.notes if field not in hidden_fields]
        return shown | ({"notes": notes} if notes else {})

    def _basic_information(self, release: Release) -> Json:
        base = self._views.base
        return {
            "id": release.id,
            "master_id": release.master_id,
            "master_url": f"{base}/masters/{release.master_id}" if release.master_id else None,
            "resource_url": f"{base}/releases/{release.id}",
            "thumb": self._views.thumbnail(release.id),
            "cover_image": f"{base}/covers/{release.id}.svg",
            "title": release.title,
            "year": release.year,
            "formats": formats(release),
            "labels": [label(credit, base) for credit in release.labels],
            "artists": [artist(credit, base) for credit in release.artists],
            "genres": list(release.genres),
            "styles": list(release.styles),
        }


def formats(release: Release) -> list[Json]:
    """`text` and `descriptions` are absent when there is nothing to say; `qty` is text."""
    shown: list[Json] = []
    for part in release.formats:
        entry: Json = {"name": part.name, "qty": str(part.quantity)}
        if part.text:
            entry["text"] = part.text
        if part.descriptions:
            entry["descriptions"] = list(part.descriptions)
        shown.append(entry)
    return shown


def label(credit: Credit, base: str) -> Json:
    return {
        "name": credit.name,
        "catno": credit.catno,
        "entity_type": "1",
        "entity_type_name": "Label",
        "id": credit.id,
        "resource_url": f"{base}/labels/{credit.id}",
    }


def artist(credit: Credit, base: str) -> Json:
    return {
        "name": credit.name,
        "anv": credit.variation,
        "join": credit.join,
        "role": "",
        "tracks": "",
        "id": credit.id,
        "resource_url": f"{base}/artists/{credit.id}",
    }


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


def _sort(request: Request) -> str:
    asked = request.query.get("sort") or "label"
    if asked not in COLLECTION_SORTS:
        *most, last = (f"'{name}'" for name in COLLECTION_SORTS)
        detail = {
            "type": "literal_error",
            "loc": ["query", "sort"],
            "msg": f"Input should be {', '.join(most)} or {last}",
        }
        raise HttpError(422, body={"detail": [detail], "message": 'See "detail" for validation errors.'})
    return asked
