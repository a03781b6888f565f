"""What others know of a mirror's records, written by hand, as a batch leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, update

from app.core.enrichment import Field, State
from app.models import EnrichmentChoice, EnrichmentRow, MirrorState
from tests.builders import DAY, MirrorBuilder

KEYS = {"release": "9", "artist": "can"}


class EnrichmentBuilder:
    """Answers and decisions beside a mirror that is there."""

    def __init__(self, mirror: MirrorBuilder) -> None:
        self.mirror = mirror

    def release(
        self, release_id: int, field: Field, provider: str, value: Mapping[str, Any] | None, **more: Any
    ) -> None:
        self._answer("release", str(release_id), field, provider, value, more)

    def artist(self, key: str, field: Field, provider: str, value: Mapping[str, Any] | None, **more: Any) -> None:
        self._answer("artist", key, field, provider, value, {"name": key.title(), **more})

    def decided(
        self,
        kind: str,
        field: Field,
        *,
        key: str | None = None,
        value: Mapping[str, Any] | None = None,
        is_pinned: bool = False,
        is_hidden: bool = False,
    ) -> None:
        """What a person said of release 9, or of Can, or of another."""
        names = {"subject_kind": kind, "subject_key": key or KEYS[kind], "field": field}
        values = {"value": _json(value), "is_pinned": is_pinned, "is_hidden": is_hidden, "changed_at": DAY}
        with self.mirror.engine.begin() as connection:
            connection.execute(insert(EnrichmentChoice).values(names | values))
            _move(connection)

    def _answer(  # noqa: PLR0917  what a row of the queue is
        self,
        kind: str,
        key: str,
        field: Field,
        provider: str,
        value: Mapping[str, Any] | None,
        more: Mapping[str, Any],
    ) -> None:
        which = {"subject_kind": kind, "subject_key": key, "field": field, "provider": provider}
        state = State.WANTED if value is None else State.DONE
        values = {"state": state, "is_new": False, "attempts": 0, "wanted_at": DAY, "value": _json(value)}
        times = {"asked_at": DAY, "answered_at": DAY if value is not None else None}
        columns = EnrichmentRow.__table__.c
        with self.mirror.engine.begin() as connection:
            connection.execute(delete(EnrichmentRow).where(*(columns[name] == one for name, one in which.items())))
            connection.execute(insert(EnrichmentRow).values(which | values | times | dict(more)))
            _move(connection)


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _move(connection: Connection) -> None:
    connection.execute(update(MirrorState).values(enrichment_version=MirrorState.enrichment_version + 1))
