"""What is to be asked: put into the queue by each sync in its own transaction, and by a batch for what is older."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    cast,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    union,
    union_all,
)

from app.core.artist_keys import artist_key
from app.core.enrichment import SUBJECT_OF, State, SubjectKind, Wish
from app.core.plan import Verdict
from app.models import CopyRow, EnrichmentRow, ListingRow
from app.models.base import Flag
from app.models.inserting import insert_into
from app.models.streams import COLLECTION, INVENTORY, Stream
from app.services.change_log import moment
from app.services.release_learning import upsert

E, L, C = (table.__table__.c for table in (EnrichmentRow, ListingRow, CopyRow))
COLUMNS = ("subject_kind", "subject_key", "field", "provider", "name", "state", "is_new", "attempts", "wanted_at")
ROWS_PER_STATEMENT = 500


def enqueue(
    connection: Connection,
    stream: Stream,
    run_id: int,
    source_id: int,
    *,
    wished: Sequence[Wish],
    ours: Select[Any],
    at: datetime,
) -> None:
    """Want all of `wished` for what arrived with the run, in one statement, if its source is one of `ours`.

    What is in the queue stays as it is; what only changed, and was never asked about, waits with all that is older.
    """
    if not wished or stream not in (INVENTORY, COLLECTION):
        return
    staged = stream.staged.c
    arrived = staged.verdict.in_((str(Verdict.ADD), str(Verdict.RESTORE)))
    of_run = and_(staged.run_id == run_id, arrived, literal(source_id).in_(ours))
    releases = select(staged.release_id).where(of_run).group_by(staged.release_id)
    artists = (
        select(staged.artist_key, func.max(staged.artist).label("name"))
        .where(of_run, staged.artist_key.is_not(None))
        .group_by(staged.artist_key)
    )
    _insert_missing(connection, wished, releases.subquery(), artists.subquery(), at, is_new=True)


def enqueue_old(connection: Connection, wished: Sequence[Wish], ours: Select[Any], at: datetime) -> None:
    """Want all of `wished` for the releases of what is live, in one statement."""
    if wished:
        _insert_missing(connection, wished, live_releases(ours).subquery(), None, at, is_new=False)


def enqueue_seconds(connection: Connection, besides: Sequence[Wish], ours: Select[Any], at: datetime) -> None:
    """Want what nobody who was asked knew of those who were not asked yet: they were switched on later."""
    for wish in besides:
        statement = upsert(connection, EnrichmentRow, COLUMNS, _unasked(wish, ours, at))
        connection.execute(statement.on_conflict_do_nothing())


def lacks_seconds(connection: Connection, besides: Sequence[Wish], ours: Select[Any], at: datetime) -> bool:
    """Whether there is any such; reads alone."""
    return any(connection.execute(_unasked(wish, ours, at).limit(1)).first() for wish in besides)


def _unasked(wish: Wish, ours: Select[Any], at: datetime) -> Select[Any]:
    """Questions after a field of which all others say that they know nothing."""
    other = EnrichmentRow.__table__.alias("other")
    same = (other.c.subject_kind == E.subject_kind, other.c.subject_key == E.subject_key, other.c.field == E.field)
    counts = or_(other.c.provider == wish.provider, other.c.state != State.NOTHING)
    live = live_releases(ours).subquery()
    return (
        select(
            E.subject_kind,
            E.subject_key,
            E.field,
            literal(wish.provider),
            func.max(E.name),
            literal(str(State.WANTED)),
            literal(False, Flag),
            literal(0),
            moment(at),
        )
        .where(
            E.subject_kind == SubjectKind.RELEASE,
            E.field == wish.field,
            E.subject_key.in_(select(cast(live.c.release_id, Text))),
            not_(select(other.c.field).where(*same, counts).exists()),
        )
        .group_by(E.subject_kind, E.subject_key, E.field)
    )


def old_artists(
    connection: Connection, wished: Sequence[Wish], ours: Select[Any], at: datetime
) -> list[dict[str, Any]]:
    """The questions after artists of what is live that nobody put yet; reads alone.

    Their names are folded here, not by the database, and so before anything is locked.
    """
    wanted = [wish for wish in wished if SUBJECT_OF[wish.field] is SubjectKind.ARTIST]
    if not wanted:
        return []
    found = {key: name for name in connection.scalars(live_artists(ours)) if (key := artist_key(name))}
    rows = []
    for wish in wanted:
        known = set(connection.scalars(select(E.subject_key).where(E.field == wish.field)))
        rows += [_row(key, name, wish, at) for key, name in found.items() if key not in known]
    return rows


def put(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Put questions into the queue; those that somebody else put there meanwhile stay as they are."""
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        chunk = rows[start : start + ROWS_PER_STATEMENT]
        connection.execute(insert_into(connection, EnrichmentRow).on_conflict_do_nothing(), chunk)


def lacks_old(connection: Connection, wished: Sequence[Wish], ours: Select[Any]) -> bool:
    """Whether there is a live release that was never asked about; reads alone."""
    fields = [wish.field for wish in wished if SUBJECT_OF[wish.field] is SubjectKind.RELEASE]
    live = live_releases(ours).subquery()
    for field in fields:
        known = select(E.subject_key).where(E.subject_kind == SubjectKind.RELEASE, E.field == field)
        lacking = select(live.c.release_id).where(cast(live.c.release_id, Text).not_in(known)).limit(1)
        if connection.scalar(lacking) is not None:
            return True
    return False


def live_releases(ours: Select[Any]) -> Any:
    """The releases of what is live in these sources."""
    return union(*(select(rows.release_id).where(*_live(rows, ours)) for rows in (L, C)))


def live_artists(ours: Select[Any]) -> Any:
    """The names of artists of what is live in these sources."""
    return union(*(select(rows.artist).where(*_live(rows, ours), rows.artist.is_not(None)) for rows in (L, C)))


def _live(rows: Any, ours: Select[Any]) -> tuple[ColumnElement[bool], ...]:
    return rows.removed_at.is_(None), rows.source_id.in_(ours)


def _insert_missing(
    connection: Connection, wished: Sequence[Wish], releases: Any, artists: Any, at: datetime, *, is_new: bool
) -> None:
    parts = [*_parts(wished, releases, artists, at, is_new=is_new)]
    if parts:
        statement = upsert(connection, EnrichmentRow, COLUMNS, union_all(*parts) if len(parts) > 1 else parts[0])
        connection.execute(statement.on_conflict_do_nothing())


def _parts(wished: Sequence[Wish], releases: Any, artists: Any, at: datetime, *, is_new: bool) -> Iterator[Select[Any]]:
    """One question of each subject and field, unless any provider was asked for that field of it."""
    for wish in wished:
        kind = SUBJECT_OF[wish.field]
        if kind is SubjectKind.RELEASE:
            key, name = cast(releases.c.release_id, Text), cast(null(), Text)
        elif artists is not None:
            key, name = artists.c.artist_key, artists.c.name
        else:
            continue
        known = select(E.subject_key).where(E.subject_kind == kind, E.subject_key == key, E.field == wish.field)
        yield select(
            literal(str(kind)),
            key,
            literal(str(wish.field)),
            literal(wish.provider),
            name,
            literal(str(State.WANTED)),
            literal(is_new, Flag),
            literal(0),
            moment(at),
        ).where(not_(known.exists()))


def _row(key: str, name: str, wish: Wish, at: datetime) -> dict[str, Any]:
    values = (str(SubjectKind.ARTIST), key, str(wish.field), wish.provider, name, str(State.WANTED), False, 0, at)
    return dict(zip(COLUMNS, values, strict=True))
