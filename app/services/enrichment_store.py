"""The queue of enrichment as a batch works on it. Every question is written down as failed before it is asked, so
that whoever dies over it has it asked again later, and not at once and paid for twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from app.core.enrichment import FIRST_PAUSE, Found, Nothing, State, SubjectKind, again_at
from app.errors import ProviderAnswerUnfit, ProviderError
from app.models import EnrichmentChoice, EnrichmentProviderRow, EnrichmentRow, MirrorState
from app.models.inserting import insert_into
from app.services.enrichment_providers import Condition

E, X = EnrichmentRow.__table__.c, EnrichmentChoice.__table__.c
LOST = "nobody knows what the answer was: the batch ended while it waited"
KEYS_PER_STATEMENT = 400
NEWEST_FIRST = (E.is_new.desc(), E.wanted_at.desc(), E.subject_key, E.field)


class Item(NamedTuple):
    """One question of the queue."""

    kind: str
    key: str
    field: str
    provider: str
    name: str | None
    state: str
    attempts: int
    again_at: datetime | None
    is_new: bool


class Asking(NamedTuple):
    """What a batch may take: of these providers, at this moment, perhaps only what came with a sync."""

    providers: Collection[str]
    now: datetime
    only_new: bool


ITEM = (E.subject_kind, E.subject_key, E.field, E.provider, E.name, E.state, E.attempts, E.again_at, E.is_new)


def is_due(asking: Asking) -> list[ColumnElement[bool]]:
    """What makes a question due. What a person pinned is asked for no more."""
    is_again = and_(E.state.in_((State.NOTHING, State.FAILED)), E.again_at <= asking.now)
    pinned = select(X.field).where(
        X.subject_kind == E.subject_kind, X.subject_key == E.subject_key, X.field == E.field, X.is_pinned
    )
    due = [or_(E.state == State.WANTED, is_again), E.provider.in_(sorted(asking.providers)), ~pinned.exists()]
    return [*due, E.is_new] if asking.only_new else due


def due_of_kind(connection: Connection, kind: SubjectKind, asking: Asking, most: int) -> list[list[Item]]:
    """The next subjects with all that is due of each, new ones first; at most `most` of them."""
    rows_wanted = most * 4
    query = select(*ITEM).where(E.subject_kind == kind, *is_due(asking)).order_by(*NEWEST_FIRST).limit(rows_wanted)
    items = [Item(*row) for row in connection.execute(query)]
    groups = _grouped(items)
    if len(items) == rows_wanted and len(groups) > 1:
        groups.pop()  # the rest of it may lie beyond
    return groups[:most]


def due_artists(connection: Connection, keys: Iterable[str], asking: Asking) -> dict[str, list[Item]]:
    """What is due of these artists."""
    wanted, found = sorted(set(keys)), dict[str, list[Item]]()
    for start in range(0, len(wanted), KEYS_PER_STATEMENT):
        chunk = wanted[start : start + KEYS_PER_STATEMENT]
        query = select(*ITEM).where(E.subject_kind == SubjectKind.ARTIST, E.subject_key.in_(chunk), *is_due(asking))
        for item in (Item(*row) for row in connection.execute(query.order_by(*NEWEST_FIRST))):
            found.setdefault(item.key, []).append(item)
    return found


def due_count(connection: Connection, kind: SubjectKind, asking: Asking) -> int:
    """How many subjects something is due of."""
    subjects = select(E.subject_key).where(E.subject_kind == kind, *is_due(asking)).distinct().subquery()
    return int(connection.scalar(select(func.count()).select_from(subjects)) or 0)


def claim(connection: Connection, item: Item, batch: str, now: datetime) -> bool:
    """Write the question down as asked, and lost until its answer is kept; False when it is not as it was."""
    values = {
        "state": State.FAILED,
        "problem": LOST,
        "attempts": item.attempts + 1,
        "asked_at": now,
        "again_at": now + FIRST_PAUSE,
        "batch": batch,
    }
    return (
        connection.execute(update(EnrichmentRow).where(*_is(item), E.state == item.state).values(values)).rowcount == 1
    )


def put_back(connection: Connection, item: Item) -> None:
    """It was not asked after all."""
    values = {"state": item.state, "attempts": item.attempts, "again_at": item.again_at, "problem": None, "batch": None}
    connection.execute(update(EnrichmentRow).where(*_is(item)).values(values))


def keep(
    connection: Connection,
    item: Item,
    told: Found | Nothing | ProviderError,
    *,
    batch: str,
    now: datetime,
    retry_days: int,
) -> State:
    """What became of the question."""
    values: dict[str, Any] = {"asked_at": now, "batch": batch, "problem": None, "attempts": 0, "is_new": False}
    if isinstance(told, Found):
        state = State.DONE
        values |= {"value": orjson.dumps(told.value).decode(), "source": told.source, "model": told.model}
        values |= {"score": told.score, "answered_at": now}
        connection.execute(update(MirrorState).values(enrichment_version=MirrorState.enrichment_version + 1))
    elif isinstance(told, Nothing):
        state = State.NOTHING
        values["problem"] = told.why or None
    else:
        state = State.FAILED
        values |= {"problem": str(told), "attempts": item.attempts + 1, "is_new": item.is_new}
    has_answered = isinstance(told, ProviderAnswerUnfit)
    values["again_at"] = again_at(
        state, now, attempts=item.attempts + 1, retry_days=retry_days, has_answered=has_answered
    )
    connection.execute(update(EnrichmentRow).where(*_is(item)).values(state=state, **values))
    return state


def want_next(connection: Connection, item: Item, provider: str, now: datetime) -> Item | None:
    """Ask the next provider of the chain; None when it was asked before."""
    values = {
        "subject_kind": item.kind,
        "subject_key": item.key,
        "field": item.field,
        "provider": provider,
        "name": item.name,
        "state": str(State.WANTED),
        "is_new": item.is_new,
        "attempts": 0,
        "wanted_at": now,
    }
    statement = insert_into(connection, EnrichmentRow).values(values).on_conflict_do_nothing()
    if connection.execute(statement).rowcount != 1:
        return None
    return item._replace(provider=provider, state=str(State.WANTED), attempts=0, again_at=None)


def note_condition(connection: Connection, provider: str, condition: Condition) -> None:
    """How a provider does."""
    values = {
        "provider": provider,
        "day": condition.day,
        "requests": condition.requests,
        "failures": condition.breaker.failures,
        "open_until": condition.breaker.open_until,
        "problem": condition.problem,
    }
    statement = insert_into(connection, EnrichmentProviderRow).values(values)
    fresh = {name: statement.excluded[name] for name in values if name != "provider"}
    connection.execute(statement.on_conflict_do_update(index_elements=["provider"], set_=fresh))


def counts_of(connection: Connection, batch: str) -> Sequence[Row[Any]]:
    """What a batch did: field, provider, state, number."""
    query = select(E.field, E.provider, E.state, func.count().label("number")).where(E.batch == batch)
    return connection.execute(query.group_by(E.field, E.provider, E.state)).all()


def _grouped(items: Iterable[Item]) -> list[list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.key, []).append(item)
    return list(groups.values())


def _is(item: Item) -> tuple[ColumnElement[bool], ...]:
    return E.subject_kind == item.kind, E.subject_key == item.key, E.field == item.field, E.provider == item.provider
