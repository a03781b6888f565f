"""What the mirror knows of given rows: asked at every page of a sync, so without a statement to compile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from app.core.fingerprint import fingerprint
from app.core.plan import Stored
from app.core.text import format_tokens, searchable
from app.models.streams import DERIVED, Stream

UNTOLD = b""  # the fingerprint of nothing that Discogs could tell


def known_rows(connection: Connection, stream: Stream, ids: Sequence[int], *, source_id: int) -> dict[int, Stored]:
    """{key: what is stored of it}; keys nobody knows are left out. Foreign is what another source owns."""
    is_sqlite = connection.dialect.name == "sqlite"
    mark = "?" if is_sqlite else "%s"
    asked = f"IN ({', '.join('?' * len(ids))})" if is_sqlite else "= ANY(%s)"
    values: list[Any] = [*ids] if is_sqlite else [list(ids)]
    statement = (
        f"SELECT {stream.key_name}, fingerprint, removed_at IS NOT NULL, source_id"  # noqa: S608  our own names
        f" FROM {stream.rows.name} WHERE {stream.key_name} {asked}"
    )
    if not stream.is_key_global:
        statement, values = f"{statement} AND source_id = {mark}", [*values, source_id]
    rows = connection.exec_driver_sql(statement, tuple(values))
    return {row[0]: Stored(row[1], bool(row[2]), row[3] != source_id) for row in rows.all()}


def doubted_rows(connection: Connection, stream: Stream, ids: Sequence[int], *, source_id: int) -> dict[int, Stored]:
    """As `known_rows`, but what is noted of a row counts only where it is of what its columns hold now."""
    kept = stream.rows.c
    columns = (*_told_and_derived(stream), kept.removed_at, kept.source_id)
    rows = connection.execute(select(*columns).where(stream.key.in_(ids), stream.rivals(source_id)))
    return {
        row[0]: Stored(
            row.fingerprint if is_as_told(stream, row) else UNTOLD, row[-2] is not None, row[-1] != source_id
        )
        for row in rows
    }


def live_rows(connection: Connection, stream: Stream, source_id: int) -> Iterable[Any]:
    """A source's rows that are no tombstones, as `is_as_told` wants them, in ascending order of the key."""
    own = select(*_told_and_derived(stream)).where(
        stream.rows.c.source_id == source_id, stream.rows.c.removed_at.is_(None)
    )
    return connection.execute(own.order_by(stream.key).execution_options(yield_per=1000))


def is_as_told(stream: Stream, row: Any) -> bool:
    """Whether what was made of a row when it was written could be made of its columns today."""
    record = stream.record_of(row)
    return bool(
        row.fingerprint == fingerprint(record)
        and row.search_text == searchable(record.artist, record.title, record.label, record.catalog_number)
        and row.format_tokens == format_tokens(record.format)
    )


def _told_and_derived(stream: Stream) -> list[ColumnElement[Any]]:
    return [*stream.record_columns, *(stream.rows.c[name] for name in DERIVED)]


def live_fingerprints(connection: Connection, stream: Stream, source_id: int) -> Iterable[tuple[int, bytes]]:
    """(key, fingerprint) of a source's rows that are no tombstones, in ascending order of the key."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    return connection.exec_driver_sql(
        f"SELECT {stream.key_name}, fingerprint FROM {stream.rows.name}"  # noqa: S608  our own names
        f" WHERE source_id = {mark} AND removed_at IS NULL ORDER BY {stream.key_name}",
        (source_id,),
        execution_options={"yield_per": 5000},
    )


def has_rows(connection: Connection, stream: Stream) -> bool:
    """Whether the mirror has any row of this kind at all, tombstones included."""
    return bool(connection.exec_driver_sql(f"SELECT EXISTS (SELECT 1 FROM {stream.rows.name})").scalar())  # noqa: S608
