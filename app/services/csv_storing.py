"""Write what an import decided: staged in small steps, then applied in one transaction, or nothing of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, delete, insert, or_, select, update
from sqlalchemy.exc import DBAPIError

from app.core.csv_merging import ImportVerdict
from app.core.csv_rows import ReleaseFacts
from app.core.fingerprint import fingerprint
from app.core.outcomes import RemovalReason
from app.core.plan import Verdict
from app.core.records import FOR_SALE
from app.extensions import wiring
from app.models import (
    Base,
    Change,
    HeldRemoval,
    ListingRow,
    QuarantinedItem,
    ReleaseAnswer,
    ReleaseBody,
    ReleaseRow,
    Run,
    Source,
)
from app.models import StagedListing as Staged
from app.models.stage import Stage
from app.models.streams import COLLECTION, INVENTORY, WANTLIST
from app.services.csv_judging import Judged
from app.services.csv_spool import Finding, Spool
from app.services.mirror_version import move_shelves, move_shop
from app.services.shop_index import ShopIndexWriter

CHUNK = 500
MOST_QUARANTINED = 200
L = ListingRow.__table__.c
VERDICTS = {
    ImportVerdict.ADD: Verdict.ADD,
    ImportVerdict.UPDATE: Verdict.UPDATE,
    ImportVerdict.RESTORE: Verdict.RESTORE,
}
FACTS = ("country", "genres", "styles", "barcode", "master_id")
HANGING_ON_RUNS: tuple[type[Base], ...] = (Change, HeldRemoval, QuarantinedItem)
ABOUT_RELEASES: tuple[type[Base], ...] = (ReleaseRow, ReleaseBody, ReleaseAnswer)
SHELVES = (COLLECTION.rows, WANTLIST.rows)


def stage(engine: Engine, run_id: int, judged: Sequence[Judged], now: datetime) -> list[tuple[Judged, str]]:
    """Stage what is to be written; a new row is as old as the file says, but not younger than `now`.

    Returns the rows that the database refused, each with its reason.
    Raises StorageError when it is not the row's fault.
    """
    rows = [one for one in judged if one.verdict in VERDICTS]
    try:
        _stage(engine, run_id, rows, now)
    except DBAPIError:
        return [refused for one in rows if (refused := _stage_alone(engine, run_id, one, now)) is not None]
    return []


def _stage(engine: Engine, run_id: int, rows: Sequence[Judged], now: datetime) -> None:
    sheet = Stage(engine, run_id, INVENTORY)
    for one in rows:
        listing = one.record.listing
        told_at = _told_at(one, now)
        sheet.put(VERDICTS[one.verdict], listing, one.record.counters, fingerprint(listing), told_at)
    sheet.flush()


def _told_at(one: Judged, now: datetime) -> datetime | None:
    """What the mirror knew before is changed by the import, now."""
    moment = one.record.exported_at
    return min(moment, now) if moment is not None and one.verdict is ImportVerdict.ADD else None


def _stage_alone(engine: Engine, run_id: int, one: Judged, now: datetime) -> tuple[Judged, str] | None:
    try:
        _stage(engine, run_id, [one], now)
    except DBAPIError as error:
        return one, f"the database refuses it: {str(error.orig).splitlines()[0]}"
    return None


def empty_mirror(connection: Connection, at: datetime, *, keep_run_id: int) -> None:
    """Take every listing, change, release and run of the shop out of the mirror, inside the caller's transaction.

    Accounts with their credentials stay, and so do collections with what is known of their releases, and the version:
    what visitors cached is no longer valid. Of the change log remains that the listings went, for those who follow it.
    """
    gone = _departures(connection, at, keep_run_id)
    shops = select(Source.id).where(Source.kind == INVENTORY.kind)
    runs = select(Run.id).where(Run.source_id.in_(shops))
    for model in HANGING_ON_RUNS:
        connection.execute(delete(model).where(model.__table__.c.run_id.in_(runs)))
    connection.execute(delete(ListingRow))
    for model in ABOUT_RELEASES:
        number = model.__table__.c.release_id
        connection.execute(delete(model).where(*(number.not_in(select(rows.c.release_id)) for rows in SHELVES)))
    connection.execute(delete(Staged).where(Staged.run_id != keep_run_id))
    connection.execute(delete(Run).where(Run.id != keep_run_id, Run.source_id.in_(shops)))
    for start in range(0, len(gone), CHUNK):
        connection.execute(insert(Change), gone[start : start + CHUNK])
    forgotten = {"config_digest": None, "last_pages": None, "hidden_rows": 0}
    connection.execute(update(Source).where(Source.id.in_(shops)).values(forgotten))
    ShopIndexWriter.clear(connection)
    move_shop(connection, at)


def _departures(connection: Connection, at: datetime, run_id: int) -> list[dict[str, Any]]:
    """What the change log is to say of every listing that is there now; visitors see only those go that they saw."""
    query = select(L.listing_id, L.source_id, L.status, Source.is_active).join(Source, Source.id == L.source_id)
    live = connection.execute(query.where(L.removed_at.is_(None)).order_by(L.listing_id))
    told = orjson.dumps({"removed_reason": [None, RemovalReason.UNKNOWN]}).decode()
    return [
        {
            "at": at,
            "run_id": run_id,
            "source_id": source_id,
            "item_id": listing_id,
            "kind": "clear",
            "public_kind": "remove" if is_active and status == FOR_SALE else None,
            "fields": told,
        }
        for listing_id, source_id, status, is_active in live
    ]


def store_facts(connection: Connection, spool: Spool, at: datetime) -> int:
    """Fill in what the mirror does not know of releases yet; returns how many it learnt something about."""
    learnt = 0
    for chunk in spool.facts(CHUNK):
        learnt += _fill(connection, chunk)
    if learnt:
        move_shop(connection, at)
        move_shelves(connection, at)  # copies of these releases may be shown, too
        ShopIndexWriter.of(wiring().settings).rebuild(connection)
    return learnt


def _fill(connection: Connection, told: Mapping[int, ReleaseFacts]) -> int:
    columns = [ReleaseRow.__table__.c[name] for name in ("release_id", *FACTS)]
    query = select(*columns).where(columns[0].in_(list(told)))
    known: dict[int, Mapping[str, Any]] = {row[0]: dict(row._mapping) for row in connection.execute(query)}
    new = [{"release_id": number, **facts._asdict()} for number, facts in told.items() if number not in known]
    if new:
        connection.execute(insert(ReleaseRow), new)
    filled = 0
    for number, row in known.items():
        gaps = {name: value for name, value in told[number]._asdict().items() if value and row[name] is None}
        if gaps:
            connection.execute(update(ReleaseRow).where(ReleaseRow.release_id == number).values(gaps))
            filled += 1
    return len(new) + filled


def store_moments(connection: Connection, spool: Spool, source_id: int, at: datetime) -> None:
    """Remember of which moment the file told each listing, but of none in the future: a wrong clock would silence
    every later file."""
    for moment, numbers in spool.moments(CHUNK):
        told = min(moment, at)
        is_later = or_(L.told_at.is_(None), L.told_at < told)
        rows = update(ListingRow).where(L.listing_id.in_(numbers), L.source_id == source_id, is_later)
        connection.execute(rows.values(told_at=told))


def quarantine(connection: Connection, run_id: int, source_id: int, spool: Spool) -> None:
    """Keep the rejected records beside the run, in place of those of earlier imports of this source."""
    imports = select(Run.id).where(Run.source_id == source_id, Run.kind == "import")
    connection.execute(delete(QuarantinedItem).where(QuarantinedItem.run_id.in_(imports)))
    rows = [_quarantined(run_id, finding) for finding in islice(spool.findings("rejected"), MOST_QUARANTINED)]
    if rows:
        connection.execute(insert(QuarantinedItem), rows)


def _quarantined(run_id: int, finding: Finding) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "place": f"line {finding.line}",
        "item_id": finding.listing_id,
        "problem": finding.problem,
        "raw": finding.raw,
    }
