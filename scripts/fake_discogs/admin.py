"""A second port through which other processes change the world, set faults and read the audit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .audit import RequestRecord
from .faults import Fault
from .messages import HttpError, Request, Response, json_response

if TYPE_CHECKING:
    from .server import FakeDiscogs

OPERATIONS = frozenset(
    {
        # the shop
        "sell", "draft", "expire", "publish", "delete", "add", "relist", "reprice", "edit", "set_hidden",
        "load_export_csv",
        # the collection and the wantlist
        "add_copy", "edit_copy", "move_copy", "rate", "note", "remove_copy", "add_folder", "rename_folder",
        "delete_folder", "add_field", "edit_field", "delete_field", "want", "unwant", "set_private",
        "load_collection_csv", "load_wantlist_csv", "add_list", "edit_list", "delete_list",
        # the catalogue
        "edit_release", "delete_release", "restore_release", "merge_releases",
        # accounts and the world as a whole
        "add_account", "rename_seller", "foreign_identity", "revoke_token", "allow", "revoke_consents", "set_policy", "reorder",
    }
)  # fmt: skip


class AdminDoor:
    """POST /mutate {"op", "id", "with"}, POST and DELETE /faults, GET /ids, GET /copies, GET and DELETE /audit."""

    def __init__(self, fake: FakeDiscogs) -> None:
        self._fake = fake

    def respond(self, request: Request) -> Response:
        """What was asked for, or 400 with the reason why not."""
        try:
            return json_response(self._do(request))
        except (KeyError, TypeError, ValueError) as error:
            return json_response({"message": f"{type(error).__name__}: {error}"}, status=400)
        except HttpError as error:
            return json_response({"message": error.message}, status=400)

    def _do(self, request: Request) -> Any:
        door = (request.method, request.path)
        if door == ("POST", "/mutate"):
            return {"result": self._mutate(json.loads(request.body))}
        if door == ("POST", "/faults"):
            self._fake.faults.add(Fault(**json.loads(request.body)))
            return {}
        if door == ("DELETE", "/faults"):
            self._fake.faults.clear()
            return {}
        if door == ("GET", "/ids"):
            return {"ids": self._fake.world.ids(request.query.get("status"))}
        if door == ("GET", "/copies"):
            return {"ids": self._fake.world.copy_ids(request.query.get("of"))}
        if door == ("GET", "/audit"):
            return {"requests": [_told(record) for record in self._fake.audit]}
        if door == ("DELETE", "/audit"):
            self._fake.reset_audit()
            return {}
        raise KeyError(f"{request.method} {request.path}")

    def _mutate(self, operation: dict[str, Any]) -> int | str | None:
        name = operation["op"]
        if name not in OPERATIONS:
            raise KeyError(name)
        arguments = [operation["id"]] if "id" in operation else []
        done = getattr(self._fake.world, name)(*arguments, **operation.get("with", {}))
        return done if isinstance(done, int | str) else None


def _told(record: RequestRecord) -> dict[str, Any]:
    return {
        "t": record.t,
        "method": record.method,
        "path": record.path,
        "query": dict(record.query),
        "headers": dict(record.headers),
        "status": record.status,
    }
