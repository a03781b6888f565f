"""The change log: what a run does to each row, written in the transaction that does it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, case, false, insert, literal, select, update

from app.core.changes import Differences, differences, public_kind
from app.core.mirrored import Record
from app.core.plan import Verdict
from app.core.records import Listing
from app.models import Change, Source
from app.models.streams import Stream
from app.services.moved_listings import shown_sources

CHUNK = 500


def moment(at: datetime) -> Any:
    """The time as a value that a SELECT can carry."""
    return literal(at, type_=Change.__table__.c["at"].type)


def log_staged(connection: Connection, stream: Stream, run_id: int, source_id: int, at: datetime) -> None:
    """Write down what the staged rows of the run are about to change. Call it before they are stored."""
    known = select(literal(1)).where(stream.key == stream.staged_key, stream.rivals(source_id)).exists()
    is_shown = stream.staged.c.status == stream.shown_status if stream.shown_status else false()
    shown = case((is_shown, "add"), else_=None)
    connection.execute(
        insert(Change).from_select(
            ["at", "run_id", "source_id", "item_id", "kind", "public_kind", "fields"],
            select(
                moment(at), literal(run_id), literal(source_id), stream.staged_key, literal("add"), shown, literal("{}")
            )
            .where(stream.staged.c.run_id == run_id, ~known)
            .order_by(stream.staged_key),
        )
    )
    pairs, open_shops = _changed_pairs(connection, stream, run_id, source_id), shown_sources(connection)
    while chunk := list(islice(pairs, CHUNK)):
        rows = [
            row for pair in chunk for row in _changes_of(pair, stream, run_id, source_id, at=at, open_shops=open_shops)
        ]
        connection.execute(insert(Change), rows)


def _changed_pairs(connection: Connection, stream: Stream, run_id: int, source_id: int) -> Iterator[Sequence[Any]]:
    """Staged rows beside the stored rows they replace, read in chunks that do not outlive a write."""
    staged, rows = stream.staged.c, stream.rows.c
    last = 0
    while True:
        query = (
            select(*stream.staged_columns, *stream.record_columns, staged.verdict, rows.source_id, rows.removed_at)
            .join_from(stream.staged, stream.rows, stream.staged_key == stream.key)
            .where(staged.run_id == run_id, stream.staged_key > last, stream.rivals(source_id))
            .order_by(stream.staged_key)
            .limit(CHUNK)
        )
        found = connection.execute(query).all()
        if not found:
            return
        yield from found
        last = found[-1][0]


def _changes_of(
    pair: Sequence[Any], stream: Stream, run_id: int, source_id: int, *, at: datetime, open_shops: Collection[int]
) -> Iterator[dict[str, Any]]:
    width = len(stream.record._fields)
    new, old = stream.record_of(pair), stream.record_of(pair[width:])
    verdict, stored_source, removed_at = pair[2 * width :]
    was = None if removed_at is not None else old
    base = {"at": at, "run_id": run_id, "source_id": source_id, "item_id": new[0]}
    if stored_source != source_id:  # the same copy under another account's name: it leaves there and enters here
        was_seen = was if stored_source in open_shops else None
        if was is not None:
            left = None if source_id in open_shops else public_kind("remove", was_seen, None, {})
            yield base | {"source_id": stored_source, "kind": "remove", "public_kind": left, "fields": "{}"}
        entered = public_kind("add", was_seen, new, {"seller": [stored_source, source_id]})
        yield base | {"kind": "add", "public_kind": entered, "fields": "{}"}
        return
    changed = differences(old, new)
    kind = "restore" if verdict == Verdict.RESTORE else "update"
    yield base | {
        "kind": kind,
        "public_kind": _seen(kind, was, new, changed),
        "fields": orjson.dumps(changed).decode(),
    }


def _seen(kind: str, old: Record | None, new: Record, changed: Differences) -> str | None:
    """What a visitor of the shop saw happen: nothing, unless it is about a listing."""
    if not isinstance(new, Listing) or not (old is None or isinstance(old, Listing)):
        return None
    return public_kind(kind, old, new, changed)


def hide_changes_of_closed_shop(connection: Connection, run_id: int, source_id: int, *, opens: bool) -> None:
    """A source that is not shown lets visitors see nothing happen; a run that opens it does."""
    is_shown = connection.scalar(select(Source.is_active).where(Source.id == source_id))
    if not (is_shown or opens):
        own = update(Change).where(Change.run_id == run_id, Change.source_id == source_id)
        connection.execute(own.values(public_kind=None))
