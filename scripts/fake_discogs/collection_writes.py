"""Changing a collection through the API, as its owner."""

from .collection import Collection
from .messages import HttpError, Request, Response, json_response
from .records import Account, Copy, Folder
from .release_views import basic_information
from .shelves import ALL_FOLDER, UNCATEGORIZED, Shelf
from .validation import body, invalid, require_owner, text, whole_number
from .viewer import Viewer
from .views import ListingViews
from .vocabulary import FIXED_FOLDER, NO_COPY, NO_FOLDER, NO_RELEASE, NO_USER, NOT_EMPTY
from .world import World

_MOST_ID = 2**63 - 1


class CollectionWrites:
    """Nothing here is idempotent but deleting: a repeated POST adds a second copy or folder."""

    def __init__(self, world: World, views: ListingViews, reading: Collection) -> None:
        self._world = world
        self._views = views
        self._reading = reading

    def add_folder(self, request: Request, viewer: Viewer, username: str) -> Response:
        account, shelf = self._own(username, viewer)
        number = self._world.add_folder(text(body(request).get("name"), "name"), of=account.username)
        return self._show_folder(account, shelf, number, status=201)

    def rename_folder(self, request: Request, viewer: Viewer, username: str, folder_id: str) -> Response:
        account, shelf = self._own(username, viewer)
        number = _own_folder(shelf, folder_id)
        self._world.rename_folder(number, text(body(request).get("name"), "name"), of=account.username)
        return self._show_folder(account, shelf, number)

    def delete_folder(self, _request: Request, viewer: Viewer, username: str, folder_id: str) -> Response:
        account, shelf = self._own(username, viewer)
        number = _own_folder(shelf, folder_id)
        if shelf.in_folder(number):
            # That it must be empty is documented, the status is not.
            raise HttpError(403, NOT_EMPTY)
        self._world.delete_folder(number, of=account.username)
        return Response(204)

    def add_copy(self, _request: Request, viewer: Viewer, username: str, folder_id: str, release_id: str) -> Response:
        account, shelf = self._own(username, viewer)
        folder = _folder(shelf, folder_id)
        if folder.id == ALL_FOLDER:
            raise invalid("greater_than", ("path", "folder_id"), "Input should be greater than 0")
        release = self._world.release(int(release_id)) if release_id.isdecimal() else None
        if release is None:
            raise HttpError(404, NO_RELEASE)
        number = self._world.add_copy(release.id, of=account.username, folder_id=folder.id)
        own = f"{self._views.base}/users/{account.username}/collection/folders/{folder.id}"
        told = basic_information(release, self._views)
        shown = {
            "instance_id": number,
            "resource_url": f"{own}/releases/{release.id}/instances/{number}",
            "basic_information": {key: told[key] for key in told if key not in {"genres", "styles"}},
        }
        return json_response(shown, status=201)

    def edit_copy(self, request: Request, viewer: Viewer, username: str, *place: str) -> Response:
        """`place`: folder, release and instance id."""
        account, shelf = self._own(username, viewer)
        copy = _copy(shelf, *place)
        sent = body(request)
        rating = whole_number(sent["rating"], "rating", 0, 5) if "rating" in sent else None
        folder = whole_number(sent["folder_id"], "folder_id", 1, _MOST_ID) if "folder_id" in sent else None
        if folder is not None and shelf.find_folder(folder) is None:
            raise invalid("value_error", ("body", "folder_id"), NO_FOLDER)
        if rating is not None:
            self._world.rate(copy.release.id, rating, of=account.username)
        if folder is not None:
            self._world.move_copy(copy.instance_id, folder, of=account.username)
        return Response(204)

    def delete_copy(self, _request: Request, viewer: Viewer, username: str, *place: str) -> Response:
        account, shelf = self._own(username, viewer)
        copy = _copy(shelf, *place)
        self._world.remove_copy(copy.instance_id, of=account.username)
        return Response(204)

    def edit_field(self, request: Request, viewer: Viewer, username: str, *place: str) -> Response:
        """`place`: folder, release, instance and field id."""
        *where, field_id = place
        account, shelf = self._own(username, viewer)
        copy = _copy(shelf, *where)
        field = shelf.find_field(int(field_id)) if field_id.isdecimal() else None
        if field is None:
            raise invalid("value_error", ("path", "field_id"), "The requested field does not exist.")
        # Other clients send the value in the address, and Discogs takes it.
        value = text(request.query.get("value", body(request).get("value")), "value")
        if field.type == "dropdown" and value and value not in field.options:
            raise invalid("value_error", ("body", "value"), f"Value must be one of {', '.join(field.options)}")
        self._world.note(copy.instance_id, field.id, value, of=account.username)
        return Response(204)

    def _own(self, username: str, viewer: Viewer) -> tuple[Account, Shelf]:
        account = self._world.account(username)
        if account is None:
            raise HttpError(404, NO_USER)
        require_owner(viewer, account)
        return account, self._world.shelf(account)

    def _show_folder(self, account: Account, shelf: Shelf, number: int, status: int = 200) -> Response:
        folder = _folder(shelf, str(number))
        return json_response(self._reading.describe_folder(account, folder), status=status)


def _folder(shelf: Shelf, folder_id: str) -> Folder:
    folder = shelf.find_folder(int(folder_id)) if folder_id.isdecimal() else None
    if folder is None:
        raise HttpError(404, NO_FOLDER)
    return folder


def _own_folder(shelf: Shelf, folder_id: str) -> int:
    folder = _folder(shelf, folder_id)
    if folder.id in (ALL_FOLDER, UNCATEGORIZED.id):
        raise HttpError(403, FIXED_FOLDER)
    return folder.id


def _copy(shelf: Shelf, folder_id: str, release_id: str, instance_id: str) -> Copy:
    """Folder 0 stands for whichever the copy is in."""
    folder = _folder(shelf, folder_id)
    copy = shelf.copies.get(int(instance_id)) if instance_id.isdecimal() else None
    if copy is None or str(copy.release.id) != release_id or folder.id not in (ALL_FOLDER, copy.folder_id):
        raise HttpError(404, NO_COPY)
    return copy
