"""The change log: what a run does to each row, written in the transaction that does it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, case, insert, literal, select, update

from app.core.changes import differences, public_kind
from app.core.plan import Verdict
from app.core.records import FOR_SALE, Listing
from app.models import Change, ListingRow, Source, StagedListing
from app.models.stage import LISTING_COLUMNS, listing_of
from app.services.moved_listings import shown_sources

CHUNK = 500
L, S = ListingRow.__table__.c, StagedListing.__table__.c
STORED_COLUMNS = [L[name] for name in Listing._fields]


def moment(at: datetime) -> Any:
    """The time as a value that a SELECT can carry."""
    return literal(at, type_=Change.__table__.c["at"].type)


def log_staged(connection: Connection, run_id: int, source_id: int, at: datetime) -> None:
    """Write down what the staged rows of the run are about to change. Call it before they are stored."""
    known = select(literal(1)).where(L.listing_id == S.listing_id).exists()
    shown = case((S.status == FOR_SALE, "add"), else_=None)
    connection.execute(
        insert(Change).from_select(
            ["at", "run_id", "source_id", "listing_id", "kind", "public_kind", "fields"],
            select(moment(at), literal(run_id), literal(source_id), S.listing_id, literal("add"), shown, literal("{}"))
            .where(S.run_id == run_id, ~known)
            .order_by(S.listing_id),
        )
    )
    pairs, open_shops = _changed_pairs(connection, run_id), shown_sources(connection)
    while chunk := list(islice(pairs, CHUNK)):
        rows = [row for pair in chunk for row in _changes_of(pair, run_id, source_id, at, open_shops)]
        connection.execute(insert(Change), rows)


def _changed_pairs(connection: Connection, run_id: int) -> Iterator[Sequence[Any]]:
    """Staged rows beside the stored rows they replace, read in chunks that do not outlive a write."""
    last = 0
    while True:
        query = (
            select(*LISTING_COLUMNS, *STORED_COLUMNS, S.verdict, L.source_id, L.removed_at)
            .join_from(StagedListing, ListingRow, S.listing_id == L.listing_id)
            .where(S.run_id == run_id, S.listing_id > last)
            .order_by(S.listing_id)
            .limit(CHUNK)
        )
        rows = connection.execute(query).all()
        if not rows:
            return
        yield from rows
        last = rows[-1][0]


def _changes_of(
    pair: Sequence[Any], run_id: int, source_id: int, at: datetime, open_shops: Collection[int]
) -> Iterator[dict[str, Any]]:
    width = len(Listing._fields)
    new, old = listing_of(pair), listing_of(pair[width:])
    verdict, stored_source, removed_at = pair[2 * width :]
    was = None if removed_at is not None else old
    base = {"at": at, "run_id": run_id, "source_id": source_id, "listing_id": new.listing_id}
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
        "public_kind": public_kind(kind, was, new, changed),
        "fields": orjson.dumps(changed).decode(),
    }


def hide_changes_of_closed_shop(connection: Connection, run_id: int, source_id: int, *, opens: bool) -> None:
    """A source that is not shown lets visitors see nothing happen; a run that opens it does."""
    is_shown = connection.scalar(select(Source.is_active).where(Source.id == source_id))
    if not (is_shown or opens):
        own = update(Change).where(Change.run_id == run_id, Change.source_id == source_id)
        connection.execute(own.values(public_kind=None))
