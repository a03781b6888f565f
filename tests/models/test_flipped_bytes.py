"""A damaged file is noticed or harmless, and never made anew: whichever byte it was."""

from __future__ import annotations

import os
import shutil
from contextlib import closing, suppress
from pathlib import Path
from sqlite3 import DatabaseError, connect

from sqlalchemy import Engine, create_engine, select
from sqlalchemy.exc import DBAPIError

from app.errors import StorageError
from app.models import ListingRow
from app.models.transactions import configure_engine, read_transaction
from tests.builders import MirrorBuilder

OFFSETS = int(os.environ.get("FLIPPED_BYTES", "120"))


def engine_of(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")
    configure_engine(engine)
    return engine


def ids(path: Path) -> list[int] | None:
    """What a reader finds; None when it is told of trouble."""
    engine = engine_of(path)
    try:
        with read_transaction(engine) as connection:
            return list(connection.scalars(select(ListingRow.listing_id).order_by(ListingRow.listing_id)))
    except (StorageError, DBAPIError):
        return None
    finally:
        engine.dispose()


def is_sound(path: Path) -> bool:
    with suppress(DatabaseError), closing(connect(path)) as connection:
        return connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    return False


def test_whichever_byte_is_changed(sqlite_url: str, tmp_path: Path) -> None:
    """FLIPPED_BYTES=500 tries five hundred places."""
    whole = Path(sqlite_url.removeprefix("sqlite:///"))
    engine = engine_of(whole)
    listed = MirrorBuilder(engine).listings(60)
    engine.dispose()
    with closing(connect(whole)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
    size, unnoticed = whole.stat().st_size, []
    damaged = tmp_path / "damaged.db"
    for offset in [*range(0, 100, 4), *range(100, size, size // OFFSETS)]:
        for ending in ("", "-wal", "-shm"):
            damaged.with_name(damaged.name + ending).unlink(missing_ok=True)
        shutil.copy(whole, damaged)
        with damaged.open("r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 0xFF]))
        inode, found = damaged.stat().st_ino, ids(damaged)
        if found not in (None, listed) and is_sound(damaged):
            unnoticed.append((offset, len(found or [])))
        assert damaged.stat().st_ino == inode
        assert damaged.stat().st_size >= size
    assert [len_ for _offset, len_ in unnoticed if len_ != len(listed)] == []
