"""What can go wrong between Discogs and its client: on the wire, in the status, body, envelope, item."""

from __future__ import annotations

import fnmatch
import gzip
import json
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from .item_faults import ITEM_FAULTS
from .messages import Request, Response, dump, html_response

INVENTORY = "/users/*/inventory"
LONGEST_STALL_S = 30.0


@dataclass
class Fault:
    """One fault. `page` is a number, "first", "middle", "last" or None for any; `hits` are 1-based, None for all."""

    kind: str
    path: str = INVENTORY
    page: int | str | None = None
    hits: Iterable[int] | None = None
    args: dict[str, Any] = field(default_factory=dict)
    count: int = 0

    def matches(self, request: Request, response: Response) -> bool:
        """Whether this request is the one; counts those that could be."""
        if not fnmatch.fnmatch(request.path, self.path) or not self._is_page(response):
            return False
        self.count += 1
        return self.hits is None or self.count in set(self.hits)

    def _is_page(self, response: Response) -> bool:
        wanted = {"first": 1, "middle": (response.pages + 1) // 2, "last": response.pages}
        return self.page is None or response.page == wanted.get(str(self.page), self.page)


class Wire:
    """One answer on its way out, for faults that act on the socket."""

    def __init__(self, connection: socket.socket, stopping: threading.Event) -> None:
        self._connection = connection
        self._stopping = stopping

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def reset(self) -> None:
        """Close with RST."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()

    def close(self) -> None:
        self._connection.close()

    def stall(self, seconds: float = LONGEST_STALL_S) -> None:
        """Say nothing until the client goes, the server stops, or the time is over."""
        deadline = time.monotonic() + seconds
        self._connection.settimeout(0.05)
        while not self._stopping.is_set() and time.monotonic() < deadline:
            try:
                if not self._connection.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        self.close()


Broken = Callable[[Wire, Response, dict[str, Any]], None]


def _reset_before(wire: Wire, _response: Response, _args: dict[str, Any]) -> None:
    wire.reset()


def _reset_mid(wire: Wire, response: Response, _args: dict[str, Any]) -> None:
    wire.send(response.head(keep_alive=True) + response.body[: len(response.body) // 2])
    wire.reset()


def _close_early(wire: Wire, _response: Response, _args: dict[str, Any]) -> None:
    wire.close()


def _truncated_stream(wire: Wire, response: Response, _args: dict[str, Any]) -> None:
    wire.send(response.head(keep_alive=True) + response.body[: len(response.body) // 2])
    wire.close()


def _stall_headers(wire: Wire, _response: Response, _args: dict[str, Any]) -> None:
    wire.stall()


def _stall_body(wire: Wire, response: Response, _args: dict[str, Any]) -> None:
    wire.send(response.head(keep_alive=True) + response.body[: len(response.body) // 2])
    wire.stall()


def _slow_body(wire: Wire, response: Response, args: dict[str, Any]) -> None:
    wire.send(response.head(keep_alive=True))
    try:
        for position in range(min(len(response.body), 400)):
            wire.send(response.body[position : position + 1])
            wire._stopping.wait(args.get("pause_s", 0.05))
    finally:
        wire.close()


def _bad_chunk(wire: Wire, response: Response, _args: dict[str, Any]) -> None:
    head = response.with_headers(("Transfer-Encoding", "chunked")).head(keep_alive=True)
    wire.send(head + b"5\r\n" + response.body[:5] + b"\r\nZZZ\r\nnonsense")
    wire.close()


def _huge_headers(wire: Wire, response: Response, _args: dict[str, Any]) -> None:
    many = tuple((f"x-padding-{number}", "p" * 1000) for number in range(300))
    wire.send(response.with_headers(*many).head(keep_alive=False) + response.body)
    wire.close()


WIRE_FAULTS: dict[str, Broken] = {
    "refuse": _reset_before,
    "reset_before": _reset_before,
    "reset_mid": _reset_mid,
    "close_early": _close_early,
    "truncated_stream": _truncated_stream,
    "stall_headers": _stall_headers,
    "stall_body": _stall_body,
    "slow_body": _slow_body,
    "bad_chunk": _bad_chunk,
    "huge_headers": _huge_headers,
}

Changed = Callable[[Response, dict[str, Any]], Response]


def _status(response: Response, args: dict[str, Any]) -> Response:
    bodies = {"json": b'{"message":"Something went wrong."}', "newline": b"\n", "empty": b""}
    status = int(args["status"])
    told = args.get("body", "json")
    if told == "html":
        changed = html_response(status, "Error")
    else:
        changed = Response(status=status, body=bodies.get(told, str(told).encode()))
    headers = tuple((str(name), str(value)) for name, value in dict(args.get("headers", {})).items())
    return replace(changed, headers=headers, page=response.page, pages=response.pages)


def _body(make: Callable[[bytes], bytes], *headers: tuple[str, str], content_type: str = "") -> Changed:
    def change(response: Response, _args: dict[str, Any]) -> Response:
        kind = content_type or response.content_type
        return replace(response, body=make(response.body), content_type=kind).with_headers(*headers)

    return change


def _bomb(response: Response, args: dict[str, Any]) -> Response:
    size = int(args.get("size", 64 * 2**20))
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(packer.compress(b" " * 2**20) for _ in range(size // 2**20)) + packer.flush()
    return replace(response, body=body).with_headers(("Content-Encoding", "gzip"))


GZIP = ("Content-Encoding", "gzip")
BODY_FAULTS: dict[str, Changed] = {
    "html200": _body(
        lambda _body: html_response(200, "Just a moment...").body, content_type="text/html; charset=UTF-8"
    ),
    "empty200": _body(lambda _body: b""),
    "newline200": _body(lambda _body: b"\n"),
    "truncated_json": _body(lambda body: body[: len(body) * 2 // 3]),
    "wrong_ct": _body(lambda body: body, content_type="text/plain"),
    "bom": _body(lambda body: b"\xef\xbb\xbf" + body),
    "utf16": _body(lambda body: body.decode().encode("utf-16")),
    "latin1": _body(lambda body: body.decode().replace('"title":"', '"title":"\xe9').encode("latin-1", "replace")),
    "bad_gzip": _body(lambda body: gzip.compress(body)[:-20] + b"\0" * 20, GZIP),
    "not_gzip": _body(lambda body: body, GZIP),
    "gzip_bomb": _bomb,
    "json_deep": _body(lambda _body: b"[" * 100_000 + b"]" * 100_000),
    "json_bigint": _body(lambda _body: b'{"pagination":{"page":' + b"9" * 5000 + b"}}"),
    "json_nan": _body(lambda body: body.replace(b'"items":', b'"weird":NaN,"items":', 1)),
    "dup_keys": _body(lambda body: body.replace(b'"items":', b'"items":0,"items":', 1)),
    "not_object": _body(lambda body: b"[" + body + b"]"),
    "null": _body(lambda _body: b"null"),
}


def _envelope(change: Callable[[dict[str, Any]], object]) -> Changed:
    def changed(response: Response, args: dict[str, Any]) -> Response:
        told = json.loads(response.body)
        told["args"] = args
        change(told)
        told.pop("args")
        return replace(response, body=dump(told))

    return changed


def _set(**values: Any) -> Changed:
    return _envelope(lambda told: told["pagination"].update(values))


def _shift(name: str, by: int) -> Changed:
    return _envelope(lambda told: told["pagination"].update({name: told["pagination"][name] + by}))


def _shorten(told: dict[str, Any]) -> None:
    del told["listings"][-int(told["args"].get("by", 30)) :]


def _repeat(told: dict[str, Any]) -> None:
    told["listings"][-1] = told["listings"][0]


ENVELOPE_FAULTS: dict[str, Changed] = {
    "empty_page": _envelope(lambda told: told["listings"].clear()),
    "short_page": _envelope(_shorten),
    "long_page": _envelope(lambda told: told["listings"].extend(told["listings"][:60] * 2)),
    "repeated_row": _envelope(_repeat),
    "pages_down": _shift("pages", -1),
    "pages_up": _shift("pages", 1),
    "items_down": _shift("items", -1),
    "items_up": _shift("items", 1),
    "pages_missing": _envelope(lambda told: told["pagination"].pop("pages")),
    "pages_string": _set(pages="many"),
    "pages_negative": _set(pages=-3),
    "pages_huge": _set(pages=10**12),
    "items_negative": _set(items=-1),
    "page_echo": _set(page=77),
    "pagination_missing": _envelope(lambda told: told.pop("pagination")),
    "listings_missing": _envelope(lambda told: told.pop("listings")),
    "listings_object": _envelope(lambda told: told.update(listings={})),
    "one_item": _envelope(
        lambda told: (told["pagination"].update(items=1, pages=1), told.update(listings=told["listings"][:1]))
    ),
    "next_evil": _envelope(lambda told: told["pagination"]["urls"].update(next="http://127.0.0.1:9/evil?page=2")),
}


def _item(response: Response, args: dict[str, Any]) -> Response:
    told = json.loads(response.body)
    rows = told["listings"]
    change = ITEM_FAULTS[args["name"]] if "name" in args else args["mutate"]
    index = int(args.get("row", len(rows) // 2))
    changed = change(rows[index])
    rows[index : index + 1] = [] if changed is None else [changed]
    return replace(response, body=dump(told))


RESPONSE_FAULTS: dict[str, Changed] = {"status": _status, "item": _item} | BODY_FAULTS | ENVELOPE_FAULTS
FAULT_KINDS = (*WIRE_FAULTS, *RESPONSE_FAULTS)


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put a fault in force. Raises KeyError for a kind that does not exist."""
        if fault.kind not in FAULT_KINDS:
            raise KeyError(fault.kind)
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._faults.clear()

    def for_answer(self, request: Request, response: Response) -> Fault | None:
        """The first fault that concerns this answer."""
        with self._lock:
            return next((fault for fault in self._faults if fault.matches(request, response)), None)
