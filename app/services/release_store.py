"""What is kept of releases: bodies, facts, and the shop's documents that show them, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Subquery, and_, case, delete, func, literal, or_, select, union_all

from app.core.release_ages import ReleaseStatus
from app.core.release_records import Release
from app.models import CopyRow, ListingRow, ReleaseAnswer, ReleaseBody, ReleaseRow
from app.models.inserting import insert_into
from app.services.mirror_version import move_where_shown, take_turn_in_queue
from app.services.shop_index import ShopIndexWriter

A, B, C, L, R = (table.__table__.c for table in (ReleaseAnswer, ReleaseBody, CopyRow, ListingRow, ReleaseRow))
FACTS = ("country", "genres", "styles", "barcode", "master_id", "formats")


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt to read a release ended. `body` (packed) and `release` are there when it is known."""

    release_id: int
    status: ReleaseStatus
    at: datetime
    body: bytes | None = None
    release: Release | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class CacheStatistics:
    """What is kept: bodies in all and of the last week, releases that are gone, bytes of packed bodies."""

    total: int
    last_week: int
    gone: int
    failed: int
    bytes: int
    wanted: int  # releases of live listings and copies


def stored(connection: Connection, release_id: int) -> Row[Any] | None:
    """The row of a release: status, body, fetched_at, tried_at, problem."""
    query = select(ReleaseBody.__table__).where(B.release_id == release_id)
    row: Row[Any] | None = connection.execute(query).one_or_none()
    return row


def due(connection: Connection, before: dict[ReleaseStatus, datetime], limit: int) -> list[int]:
    """Releases of live listings and copies that nobody has read, or not for long; of which no answer waits.

    Those of the newest listings come first, then those of the newest copies: the shop has visitors who wait.
    """
    is_old = or_(*(and_(B.status == str(status), B.tried_at < moment) for status, moment in before.items()))
    wanted = _wanted_releases()
    query = (
        select(wanted.c.release_id)
        .outerjoin_from(wanted, ReleaseBody, B.release_id == wanted.c.release_id)
        .where(or_(B.release_id.is_(None), is_old), wanted.c.release_id.not_in(select(A.release_id)))
        .group_by(wanted.c.release_id)
        .order_by(func.max(wanted.c.is_for_sale).desc(), func.max(wanted.c.since).desc(), wanted.c.release_id)
        .limit(limit)
    )
    return list(connection.scalars(query))


def _wanted_releases() -> Subquery:
    """The releases of what is live: release_id, whether it is for sale (1 or 0), since when it is there."""
    listed = select(
        L.release_id, literal(1).label("is_for_sale"), func.coalesce(L.posted_at, L.created_at).label("since")
    )
    owned = select(C.release_id, literal(0), func.coalesce(C.added_at, C.created_at))
    return union_all(listed.where(L.removed_at.is_(None)), owned.where(C.removed_at.is_(None))).subquery("wanted")


def store(connection: Connection, attempts: Sequence[Attempt], index: ShopIndexWriter, at: datetime) -> bool:
    """Keep what was tried, inside the caller's write transaction; whether any fact is news.

    Then the version of the shop moves once for all of them where it has their listings, and that of collections where
    they have their copies.
    """
    ordered = sorted(attempts, key=lambda attempt: attempt.release_id)
    releases = [attempt.release for attempt in ordered if attempt.release is not None]
    news = list(_news(connection, releases))
    if news:
        take_turn_in_queue(connection)
        _store_facts(connection, news, at)
        move_where_shown(connection, [release.release_id for release in news], at)
    if ordered:
        _store_attempts(connection, ordered)
    if news:
        index.keep_up_with_releases(connection, [release.release_id for release in news])
    return bool(news)


def latest_known(connection: Connection) -> int | None:
    """The release whose body is the youngest."""
    query = select(B.release_id).where(B.status == str(ReleaseStatus.KNOWN))
    return connection.scalar(query.order_by(B.fetched_at.desc()).limit(1))


def put_aside(connection: Connection, attempts: Sequence[Attempt]) -> None:
    """Keep what was tried, inside the caller's write transaction; what tells facts waits for `waiting` to be stored."""
    ordered = sorted(attempts, key=lambda attempt: attempt.release_id)
    answers = [
        {"release_id": each.release_id, "body": each.body, "told_at": each.at} for each in ordered if each.release
    ]
    others = [each for each in ordered if not each.release]
    if answers:
        statement = insert_into(connection, ReleaseAnswer)
        fresh = {name: statement.excluded[name] for name in ("body", "told_at")}
        connection.execute(statement.on_conflict_do_update(index_elements=["release_id"], set_=fresh), answers)
    if others:
        _store_attempts(connection, others)


def waiting(connection: Connection, limit: int) -> Sequence[Row[Any]]:
    """Answers that were put aside: release_id, body, told_at."""
    return connection.execute(select(ReleaseAnswer.__table__).order_by(A.release_id).limit(limit)).all()


def longest_waiting(connection: Connection) -> datetime | None:
    """When the oldest answer was told that was put aside; None when there is none."""
    oldest: datetime | None = connection.scalar(select(func.min(A.told_at)))
    return oldest


def forget_waiting(connection: Connection, release_ids: Sequence[int]) -> None:
    """These are stored now."""
    connection.execute(delete(ReleaseAnswer).where(A.release_id.in_(release_ids)))


def statistics(connection: Connection, now: datetime) -> CacheStatistics:
    """What is kept at this moment."""
    has_body = B.body.is_not(None)
    is_fresh = and_(has_body, B.fetched_at >= now - timedelta(days=7))
    failed = (ReleaseStatus.UNREADABLE, ReleaseStatus.FAILED)
    row = connection.execute(
        select(
            _count(has_body),
            _count(is_fresh),
            _count(B.status == ReleaseStatus.GONE),
            _count(B.status.in_(failed)),
            func.coalesce(func.sum(func.length(B.body)), 0),
        )
    ).one()
    wanted = connection.scalar(select(func.count(func.distinct(_wanted_releases().c.release_id))))
    total, last_week, gone, broken, size = (int(value) for value in row)
    return CacheStatistics(total, last_week, gone, broken, size, int(wanted or 0))


def _count(condition: Any) -> Any:
    return func.count(case((condition, 1)))


def _news(connection: Connection, releases: Sequence[Release]) -> Iterator[Release]:
    query = select(R.release_id, *(R[name] for name in FACTS)).where(R.release_id.in_([r.release_id for r in releases]))
    known = {row[0]: tuple(row[1:]) for row in connection.execute(query)}
    nothing = (None,) * len(FACTS)
    for release in releases:
        if known.get(release.release_id, nothing) != tuple(release.facts):
            yield release


def _store_facts(connection: Connection, releases: Sequence[Release], at: datetime) -> None:
    """Counters ride along with facts; on their own they are no reason to write."""
    rows = [
        {
            "release_id": release.release_id,
            **release.facts._asdict(),
            "community_have": release.have,
            "community_want": release.want,
            "counted_at": None if release.have is None and release.want is None else at,
        }
        for release in releases
    ]
    statement = insert_into(connection, ReleaseRow)
    fresh: dict[str, Any] = {name: statement.excluded[name] for name in FACTS}
    for name in ("community_have", "community_want", "counted_at"):
        fresh[name] = func.coalesce(statement.excluded[name], R[name])
    connection.execute(statement.on_conflict_do_update(index_elements=["release_id"], set_=fresh), rows)


def _store_attempts(connection: Connection, attempts: Sequence[Attempt]) -> None:
    rows = [
        {
            "release_id": attempt.release_id,
            "status": str(attempt.status),
            "body": attempt.body,
            "fetched_at": attempt.at if attempt.body is not None else None,
            "tried_at": attempt.at,
            "problem": attempt.problem,
        }
        for attempt in attempts
    ]
    statement = insert_into(connection, ReleaseBody)
    fresh: dict[str, Any] = {name: statement.excluded[name] for name in ("status", "tried_at", "problem")}
    for name in ("body", "fetched_at"):
        fresh[name] = func.coalesce(statement.excluded[name], B[name])
    connection.execute(statement.on_conflict_do_update(index_elements=["release_id"], set_=fresh), rows)
