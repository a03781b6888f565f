"""What must hold after every run, every kill, every restart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, Engine, func, select, text

from app.extensions import wiring
from app.models import Change, ListingRow, QuarantinedItem, Run, ShopDocument, Source, StagedListing
from app.services.mirror_writer import last_applied, source_digest
from app.services.shop_index import ShopIndexWriter
from app.services.shop_state import shop_state

L = ListingRow.__table__.c


Rows = frozenset[tuple[int, bytes]]


def live_rows(engine: Engine) -> Rows:
    """(listing id, fingerprint) of everything that is no tombstone."""
    with engine.connect() as connection:
        rows = connection.execute(select(L.listing_id, L.fingerprint).where(L.removed_at.is_(None)))
        return frozenset((number, bytes(print_)) for number, print_ in rows)


def assert_sound(engine: Engine) -> None:
    """Integrity, the digest kept is the data's, nothing left over, arithmetic, the log replays."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        for source_id in connection.scalars(select(Source.id)):
            last = last_applied(connection, source_id)
            if last is not None:
                assert last.data_digest == source_digest(connection, source_id)
        leftover = select(func.count()).select_from(StagedListing).join(Run).where(Run.state == "finished")
        assert connection.scalar(leftover) == 0
        ownerless = select(func.count()).where(QuarantinedItem.run_id.not_in(select(Run.id)))
        assert connection.scalar(ownerless) == 0
        for run in connection.execute(select(Run.__table__).where(Run.live_after.is_not(None))):
            assert run.live_before + run.added + run.restored - run.removed == run.live_after
        assert replay(connection.execute(select(Change.kind, Change.listing_id).order_by(Change.seq))) == {
            number: True for number in connection.scalars(select(L.listing_id).where(L.removed_at.is_(None)))
        }
    assert_index_sound(engine)


def assert_index_sound(engine: Engine) -> None:
    """Documents and terms are exactly those that the rows would give now."""
    writer = ShopIndexWriter.of(wiring().settings)
    with engine.connect() as connection:
        state = shop_state(connection)
        assert state.digest in {None, writer.digest(state)}
        kept = index_rows(connection)
        assert state.digest is None or state.total == len(kept[0])
        writer.rebuild(connection)
        made = index_rows(connection)
        connection.rollback()
    assert state.digest is None or kept == made


def index_rows(connection: Connection) -> tuple[set[object], list[object]]:
    """Everything the index holds."""
    documents = select(ShopDocument.listing_id, ShopDocument.rank, ShopDocument.document, ShopDocument.terms)
    terms: list[object] = []
    if connection.dialect.name == "sqlite":
        terms = sorted(connection.execute(text("SELECT rowid, terms FROM fts_shop")).all())
    return {tuple(row) for row in connection.execute(documents)}, terms


def assert_nothing_at_work(engine: Engine) -> None:
    """Once a restart has begun, no run of a dead process is marked running, and nothing is staged."""
    with engine.connect() as connection:
        assert connection.scalars(select(Run.id).where(Run.state != "finished")).all() == []
        assert connection.scalar(select(func.count()).select_from(StagedListing)) == 0


def replay(changes: Iterable[object]) -> dict[int, bool]:
    """The live set that the change log tells of. No double add, no removal of what is not there."""
    live: dict[int, bool] = defaultdict(bool)
    for kind, number in changes:  # type: ignore[misc]
        if kind in {"add", "restore"}:
            assert not live[number], f"{number} was added twice"
            live[number] = True
        elif kind == "remove":
            assert live.pop(number), f"{number} was removed while absent"
    return {number: True for number, is_live in live.items() if is_live}
