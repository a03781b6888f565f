"""What must hold after every run, every kill, every restart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, Engine, func, select, text

from app.extensions import wiring
from app.models import Change, QuarantinedItem, Run, ShopDocument, Source
from app.models.streams import INVENTORY, STREAMS, Stream
from app.services.mirror_writer import last_applied, source_digest
from app.services.shop_index import ShopIndexWriter
from app.services.shop_state import shop_state

Rows = frozenset[tuple[int, bytes]]


def live_rows(engine: Engine, stream: Stream = INVENTORY) -> Rows:
    """(key, fingerprint) of everything of the stream that is no tombstone."""
    kept = stream.rows.c
    with engine.connect() as connection:
        rows = connection.execute(select(stream.key, kept.fingerprint).where(kept.removed_at.is_(None)))
        return frozenset((number, bytes(print_)) for number, print_ in rows)


def assert_sound(engine: Engine) -> None:
    """Integrity, the digest kept is the data's, nothing left over, arithmetic, the log replays."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        for source in connection.execute(select(Source.id, Source.kind)).all():
            last, stream = last_applied(connection, source.id), STREAMS[source.kind]
            if last is not None:
                assert last.data_digest == source_digest(connection, stream, source.id)
            if not stream.is_key_global:
                own = select(Change.kind, Change.item_id).where(Change.source_id == source.id).order_by(Change.seq)
                assert replay(connection.execute(own)) == live_keys(connection, stream, source.id)
        for stream in STREAMS.values():
            leftover = select(func.count()).select_from(stream.staged).join(Run).where(Run.state == "finished")
            assert connection.scalar(leftover) == 0
        ownerless = select(func.count()).where(QuarantinedItem.run_id.not_in(select(Run.id)))
        assert connection.scalar(ownerless) == 0
        for run in connection.execute(select(Run.__table__).where(Run.live_after.is_not(None))):
            assert run.live_before + run.added + run.restored - run.removed == run.live_after
        shop = select(Change.kind, Change.item_id).join(Source).where(Source.kind == INVENTORY.kind)
        assert replay(connection.execute(shop.order_by(Change.seq))) == live_keys(connection, INVENTORY, None)
    assert_index_sound(engine)


def live_keys(connection: Connection, stream: Stream, source_id: int | None) -> dict[int, bool]:
    """{key: True} of the rows that are no tombstones, of one source or of all."""
    query = select(stream.key).where(stream.rows.c.removed_at.is_(None))
    own = query if source_id is None else query.where(stream.rows.c.source_id == source_id)
    return dict.fromkeys(connection.scalars(own), True)


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
        for stream in STREAMS.values():
            assert connection.scalar(select(func.count()).select_from(stream.staged)) == 0


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
