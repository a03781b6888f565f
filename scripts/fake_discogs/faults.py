"""The fault plan: which requests go wrong, and how."""

import json
import random
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Literal, NamedTuple

from .body_faults import BODY_FAULTS
from .copy_faults import COPY_FAULTS
from .envelope_faults import ENVELOPE_FAULTS, has_rows, rows_of
from .item_faults import ITEM_FAULTS, ItemFault
from .messages import Request, Response, dump
from .status_faults import STATUS_FAULTS
from .wire_faults import WIRE_FAULTS, WireFault

INVENTORY = "/users/*/inventory"
_ROW_FAULTS: dict[str, ItemFault] = ITEM_FAULTS | COPY_FAULTS
Stage = Literal["page", "envelope", "item", "body", "status", "wire"]


class FaultKind(NamedTuple):
    """`stage` says at which height of the answer the fault sits."""

    stage: Stage
    summary: str


FAULT_KINDS: dict[str, FaultKind] = {
    "swapped_page": FaultKind("page", "the complete answer for page `to` (the next one, else the one before)"),
    **{name: FaultKind("envelope", summary) for name, (summary, _) in ENVELOPE_FAULTS.items()},
    "item": FaultKind(
        "item",
        "`mutate` (a callable) or `name` (of ITEM_FAULTS, COPY_FAULTS) on `row` (middle, first, last, all, index,"
        " listing or instance id); on the whole answer where that has no rows",
    ),
    **{name: FaultKind("body", summary) for name, (summary, _) in BODY_FAULTS.items()},
    **{name: FaultKind("status", summary) for name, (summary, _) in STATUS_FAULTS.items()},
    **{name: FaultKind("wire", summary) for name, (summary, _) in WIRE_FAULTS.items()},
}
_STAGES: tuple[Stage, ...] = ("page", "envelope", "item", "body", "status", "wire")


class Fault:
    """One thing that goes wrong.

    `path` is a glob; `page` a number, "first", "middle" or "last"; `hits` the matching requests (1 is the first) that
    are hit, None all of them. Everything else, in `args` or by keyword, is an argument of the kind, see FAULT_KINDS.
    """

    def __init__(
        self,
        kind: str,
        path: str = INVENTORY,
        page: int | str | None = None,
        hits: Iterable[int] | None = None,
        *,
        method: str | None = None,
        args: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> None:
        if kind not in FAULT_KINDS:
            raise ValueError(f"unknown fault kind {kind!r}; known: {', '.join(FAULT_KINDS)}")
        self.args: dict[str, Any] = {**(args or {}), **more}
        mutate = self.args.setdefault("mutate", self.args.get("name")) if kind == "item" else None
        if kind == "item" and not callable(mutate) and mutate not in _ROW_FAULTS:
            raise ValueError(f"unknown item fault {mutate!r}; known: {', '.join(_ROW_FAULTS)}")
        self.kind, self.path, self.page, self.method = kind, path, page, method
        self.hits = None if hits is None else frozenset(hits)
        self.matched = 0

    def __repr__(self) -> str:
        return f"Fault({self.kind!r}, path={self.path!r}, page={self.page!r}, hits={self.hits!r}, **{self.args!r})"

    @property
    def stage(self) -> Stage:
        return FAULT_KINDS[self.kind].stage

    def matches(self, request: Request, response: Response) -> bool:
        if self.method not in (None, request.method) or not fnmatchcase(request.path, self.path):
            return False
        wanted = {"first": 1, "middle": (response.pages + 1) // 2, "last": response.pages}.get(
            str(self.page), self.page
        )
        return wanted is None or wanted == response.page

    def strikes(self) -> bool:
        """Count a matching request and say whether it is one of those to hit."""
        self.matched += 1
        return self.hits is None or self.matched in self.hits


@dataclass(frozen=True, slots=True)
class Damage:
    """What is left of a response, and how it is to be sent (None: properly)."""

    response: Response
    wire: tuple[WireFault, dict[str, Any]] | None = None


class Faults:
    """A plan that tests may change while the server runs."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._faults.extend(faults)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def refuses_connection(self) -> bool:
        """Whether a connection that is just being accepted is to be closed at once."""
        with self._lock:
            refusing = [fault for fault in self._faults if fault.kind == "refuse" and _at_accept(fault)]
            return any([fault.strikes() for fault in refusing])

    def damage(self, request: Request, response: Response, rerun: Callable[[Request], Response]) -> Damage:
        """Apply what the plan holds for this request, from the page down to the wire."""
        wire = None
        for fault in self._striking(request, response):
            if fault.stage == "wire":
                wire = (WIRE_FAULTS[fault.kind][1], fault.args)
            else:
                response = _damaged(fault, request, response, rerun)
        return Damage(response, wire)

    def _striking(self, request: Request, response: Response) -> list[Fault]:
        with self._lock:
            hit = [fault for fault in self._faults if fault.matches(request, response) and fault.strikes()]
        return sorted(hit, key=lambda fault: _STAGES.index(fault.stage))

    @classmethod
    def from_seed(cls, seed: int, path: str = INVENTORY) -> list[Fault]:
        """One to four drawn faults for paged requests below `path`; none that takes an hour."""
        rng = random.Random(f"faults {seed}")
        kinds = [
            kind
            for kind in FAULT_KINDS
            if kind not in {"item", "gzip_bomb", "stall_headers", "stall_body", "slow_body", "raw"}
        ]
        return [
            Fault(
                rng.choice(kinds),
                path,
                page=rng.choice((1, "middle", "last", None)),
                hits=rng.choice(({1}, {2}, {1, 2}, None)),
            )
            for _ in range(rng.randint(1, 4))
        ]


def _at_accept(fault: Fault) -> bool:
    return fault.path == "*" and fault.page is None


def _damaged(fault: Fault, request: Request, response: Response, rerun: Callable[[Request], Response]) -> Response:
    if fault.stage == "page":
        return _swapped(fault, request, response, rerun)
    if fault.stage == "body":
        return BODY_FAULTS[fault.kind][1](response, fault.args)
    if fault.stage == "status":
        return STATUS_FAULTS[fault.kind][1](request, response, fault.args)
    if not response.body or response.content_type != "application/json":
        return response
    page = json.loads(response.body)
    if fault.stage == "item":
        page = _mutated(page, fault.args)
    elif "pagination" in page:
        ENVELOPE_FAULTS[fault.kind][1](page, fault.args)
    return replace(response, body=dump(page))


def _swapped(fault: Fault, request: Request, response: Response, rerun: Callable[[Request], Response]) -> Response:
    neighbour = response.page + 1 if response.page < response.pages else max(1, response.page - 1)
    other = rerun(replace(request, query={**request.query, "page": str(fault.args.get("to", neighbour))}))
    return replace(other, page=response.page, pages=response.pages)


def _mutated(page: Any, args: dict[str, Any]) -> Any:
    mutate: ItemFault = _ROW_FAULTS[args["mutate"]] if isinstance(args["mutate"], str) else args["mutate"]
    if isinstance(page, dict) and "message" not in page and not has_rows(page):
        return mutate(page)
    _mutate_rows(rows_of(page), mutate, args)
    return page


def _mutate_rows(rows: list[Any], mutate: ItemFault, args: dict[str, Any]) -> None:
    for place in _places(rows, args.get("row", "middle")):
        new = _as_rows(mutate(rows[place]))
        # Several rows in place of one push out their neighbours, so that the page keeps its length.
        start = max(0, min(place, len(rows) - len(new)))
        rows[start : start + max(1, len(new))] = new


def _places(rows: list[Any], wanted: int | str) -> list[int]:
    """From the end, so that a row that is dropped moves no row that is still to come."""
    if wanted == "all" or not rows:
        return list(range(len(rows)))[::-1]
    named = {"first": 0, "middle": len(rows) // 2, "last": len(rows) - 1}
    if isinstance(wanted, str):
        return [named[wanted]]
    by_id = [
        place
        for place, row in enumerate(rows)
        if isinstance(row, dict) and wanted == row.get("instance_id", row.get("id"))
    ]
    return by_id or [place for place in (wanted,) if place < len(rows)]


def _as_rows(result: Any) -> list[Any]:
    if isinstance(result, list):
        return result
    return [] if result is None else [result]
