"""What is shown of what others know: answers, with what a person decided in front of them. Reads alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Text, case, cast, literal, null, select, union_all

from app.core.artist_keys import artist_key
from app.core.enrichment import CHAINS, Field, SubjectKind
from app.models import EnrichmentChoice, EnrichmentRow

E, X = EnrichmentRow.__table__.c, EnrichmentChoice.__table__.c
PERSON = "person"
KEYS_PER_STATEMENT = 400
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """One field as it is shown. `provider` is who told it, or "person"."""

    value: Mapping[str, Any]
    provider: str
    source: str | None = None
    model: str | None = None
    at: datetime | None = None
    is_pinned: bool = False

    @property
    def origin(self) -> Item:
        """Where it is from, as JSON."""
        return {
            "provider": self.provider,
            "source": self.source,
            "model": self.model,
            "at": None if self.at is None else self.at.isoformat(timespec="seconds"),
            "is_machine_written": self.model is not None,
            "is_edited": self.provider == PERSON,
        }


Fields = Mapping[Field, Shown | None]  # None: a person hid it, whoever tells of it


def shown_of(connection: Connection, kind: SubjectKind, keys: Collection[str]) -> dict[str, Fields]:
    """What is shown of these subjects, by key; subjects of which nothing is known are left out."""
    found: dict[str, Fields] = {}
    wanted = sorted(set(keys))
    for start in range(0, len(wanted), KEYS_PER_STATEMENT):
        rows = connection.execute(_query(kind, wanted[start : start + KEYS_PER_STATEMENT]))
        for key, fields in _by_subject(rows).items():
            found[key] = {field: _chosen(field, told) for field, told in fields.items() if _is_known(told)}
    return found


def of_releases(connection: Connection, release_ids: Collection[int]) -> dict[int, Fields]:
    """What is shown of these releases."""
    found = shown_of(connection, SubjectKind.RELEASE, [str(number) for number in release_ids])
    return {int(key): fields for key, fields in found.items()}


def of_record(connection: Connection, release_id: int, artist: str | None) -> Fields:
    """What is shown of a release and of its artist, in one statement."""
    key = artist_key(artist)
    subjects = [(SubjectKind.RELEASE, str(release_id)), *([(SubjectKind.ARTIST, key)] if key else [])]
    parts = [part for kind, one in subjects for part in _parts(kind, [one])]
    told = _by_subject(connection.execute(union_all(*parts)))
    by_field = {field: rows for fields in told.values() for field, rows in fields.items()}
    return {field: shown for field, rows in by_field.items() if (shown := _chosen(field, rows))}


def _query(kind: SubjectKind, keys: Collection[str]) -> Any:
    return union_all(*_parts(kind, keys))


def _parts(kind: SubjectKind, keys: Collection[str]) -> tuple[Any, Any]:
    answers = select(
        E.subject_key, E.field, E.provider, E.value, E.source, E.model, E.answered_at, literal(0), literal(0)
    ).where(E.subject_kind == kind, E.subject_key.in_(keys), E.value.is_not(None))
    nothing = cast(null(), Text)
    choices = select(
        X.subject_key,
        X.field,
        literal(PERSON),
        X.value,
        nothing,
        nothing,
        X.changed_at,
        case((X.is_pinned, 1), else_=0),
        case((X.is_hidden, 1), else_=0),
    ).where(X.subject_kind == kind, X.subject_key.in_(keys))
    return answers, choices


def _by_subject(rows: Any) -> dict[str, dict[Field, list[Any]]]:
    found: dict[str, dict[Field, list[Any]]] = {}
    for row in rows:
        found.setdefault(row[0], {}).setdefault(Field(row[1]), []).append(row)
    return found


def _is_known(told: list[Any]) -> bool:
    """Whether there is anything to show or to hide: a choice alone may only pin."""
    return any(row[3] is not None or row[8] for row in told)


def _chosen(field: Field, told: list[Any]) -> Shown | None:
    """What a person wrote, else the first answer along the chain; None where it is hidden."""
    by_provider = {row[2]: row for row in told}
    choice = by_provider.pop(PERSON, None)
    if choice is not None and choice[8]:
        return None
    is_pinned = choice is not None and bool(choice[7])
    if choice is not None and choice[3] is not None:
        return Shown(orjson.loads(choice[3]), PERSON, at=choice[6], is_pinned=is_pinned)
    for name in CHAINS[field]:
        if (row := by_provider.get(name)) is not None:
            return Shown(orjson.loads(row[3]), name, row[4], row[5], row[6], is_pinned)
    return None
