"""What a person decides about what others know: another value, pinned, hidden, asked again. For the admin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from app.core.artist_keys import artist_key
from app.core.enrichment import SUBJECT_OF, Field, State, SubjectKind
from app.core.ids import LARGEST_ID
from app.core.query import BadQuery
from app.core.told_text import Unfit, plain_text, safe_address
from app.enrichment.spotify import WEB as SPOTIFY_WEB
from app.errors import SubjectUnknown
from app.extensions import db, wiring
from app.models import CopyRow, EnrichmentChoice, EnrichmentRow, ListingRow, MirrorState
from app.models.transactions import read_transaction, write_transaction
from app.services.discogs_connection import image_origins
from app.services.enriched import shown_of
from app.services.enrichment_providers import picture_origins, wished
from app.services.enrichment_queue import live_artists, put
from app.services.own_sources import own_sources
from app.services.shop_statistics import iso

E, X = EnrichmentRow.__table__.c, EnrichmentChoice.__table__.c
L, C = ListingRow.__table__.c, CopyRow.__table__.c


class EnrichmentChoices:
    """Needs an application context. Every method raises SubjectUnknown, also for a field that there is not."""

    def __init__(self) -> None:
        self._engine = db.engine
        self._wired = wiring()

    def of(self, kind: str, key: str) -> dict[str, Any]:
        """All that is known of a subject: what is shown, every answer, every decision."""
        with read_transaction(self._engine) as connection:
            return self._told(connection, *_subject(connection, kind, key))

    def decide(self, kind: str, key: str, field: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change `value` (None: none of one's own), `is_pinned`, `is_hidden`; what is not named stays."""
        which = readable_field(kind, field)
        told = dict(changes)
        if told.get("value") is not None:
            told["value"] = orjson.dumps(readable_value(which, told["value"])).decode()
        now = self._wired.clock()
        with write_transaction(self._engine) as connection:
            subject = _subject(connection, kind, key)
            store_choice(connection, (*subject, which), told | {"changed_at": now})
            return self._told(connection, *subject)

    def forget(self, kind: str, key: str, field: str) -> dict[str, Any]:
        """Take every decision about a field back: what providers told is shown again."""
        which = readable_field(kind, field)
        with write_transaction(self._engine) as connection:
            subject = _subject(connection, kind, key)
            connection.execute(delete(EnrichmentChoice).where(*_is(X, *subject, which)))
            _move(connection)
            return self._told(connection, *subject)

    def ask_again(self, kind: str, key: str, field: str) -> dict[str, Any]:
        """Have the next batch ask for a field anew; what is known stays until there is another answer."""
        which = readable_field(kind, field)
        now = self._wired.clock()
        with write_transaction(self._engine) as connection:
            subject = _subject(connection, kind, key)
            values = {"state": State.WANTED, "wanted_at": now, "again_at": None, "attempts": 0, "batch": None}
            asked = update(EnrichmentRow).where(*_is(E, *subject, which)).values(values)
            if not connection.execute(asked).rowcount:
                self._want(connection, *subject, which, now)
            return self._told(connection, *subject)

    def _want(self, connection: Connection, kind: SubjectKind, key: str, field: Field, now: datetime) -> None:
        for wish in wished(self._wired.settings):
            if wish.field is field:
                values = {"subject_kind": kind, "subject_key": key, "field": field, "provider": wish.provider}
                name = _artist_named(connection, key) if kind is SubjectKind.ARTIST else None
                more = {"name": name, "state": State.WANTED, "is_new": False, "attempts": 0, "wanted_at": now}
                put(connection, [values | more])

    def _told(self, connection: Connection, kind: SubjectKind, key: str) -> dict[str, Any]:
        shown = shown_of(connection, kind, [key]).get(key, {})
        answers = connection.execute(
            select(EnrichmentRow.__table__).where(E.subject_kind == kind, E.subject_key == key)
        ).all()
        choices = connection.execute(
            select(EnrichmentChoice.__table__).where(X.subject_kind == kind, X.subject_key == key)
        ).all()
        decided = {row.field: row for row in choices}
        fields = []
        for field in (each for each in Field if SUBJECT_OF[each] is kind):
            one, choice = shown.get(field), decided.get(field)
            fields.append(
                {
                    "field": str(field),
                    "shown": None if one is None else {"value": one.value, **one.origin},
                    "own_value": orjson.loads(choice.value) if choice is not None and choice.value else None,
                    "is_pinned": choice is not None and choice.is_pinned,
                    "is_hidden": choice is not None and choice.is_hidden,
                    "answers": [_answer(row) for row in answers if row.field == field],
                }
            )
        return {"kind": str(kind), "key": key, "fields": fields}


def _answer(row: Any) -> dict[str, Any]:
    times = ("wanted_at", "asked_at", "answered_at", "again_at")
    return {
        "provider": row.provider,
        "state": row.state,
        "value": None if row.value is None else orjson.loads(row.value),
        "source": row.source,
        "model": row.model,
        "score": row.score,
        "problem": row.problem,
        **{name: iso(getattr(row, name)) for name in times},
    }


def _subject(connection: Connection, kind: str, key: str) -> tuple[SubjectKind, str]:
    """The subject, if the mirror has or had it. Raises SubjectUnknown."""
    if kind == SubjectKind.RELEASE and key.isascii() and key.isdigit() and len(key) < 20 and 0 < int(key) <= LARGEST_ID:
        number = int(key)
        for column in (C.release_id, L.release_id):
            if connection.scalar(select(column).where(column == number).limit(1)) is not None:
                return SubjectKind.RELEASE, str(number)
    elif kind == SubjectKind.ARTIST and key.isprintable() and (folded := artist_key(key)):
        known = select(E.subject_key).where(E.subject_kind == kind, E.subject_key == folded).limit(1)
        if connection.scalar(known) is not None or _artist_named(connection, folded) is not None:
            return SubjectKind.ARTIST, folded
    raise SubjectUnknown(kind, key)


def _artist_named(connection: Connection, key: str) -> str | None:
    return next(
        (name for name in connection.scalars(live_artists(own_sources(wiring().settings))) if artist_key(name) == key),
        None,
    )


def readable_field(kind: str, field: str) -> Field:
    """The field of that name. Raises SubjectUnknown."""
    if field not in {str(each) for each in Field if SUBJECT_OF[each] == kind}:
        raise SubjectUnknown(kind, field)
    return Field(field)


def readable_value(field: Field, told: object) -> dict[str, str]:
    """What a person wrote, in the form of an answer. Raises BadQuery."""
    try:
        if field is Field.DESCRIPTION:
            return {"text": plain_text(told)}
        address = safe_address(told, hosts=(SPOTIFY_WEB,) if field is Field.SPOTIFY_URL else ())
        if field is not Field.SPOTIFY_URL and not _may_load(address):
            raise Unfit("the address is of a host whose pictures no page may load")
    except Unfit as problem:
        raise BadQuery({"value": str(problem)}) from None
    return {"url": address} if field is Field.SPOTIFY_URL else {"uri": address, "uri150": address}


def _may_load(address: str) -> bool:
    """Whether our pages may load a picture from there."""
    settings = wiring().settings
    told = urlsplit(address)
    for origin in (*image_origins(settings), *picture_origins(settings)):
        allowed = urlsplit(origin)
        if (told.scheme, told.netloc) == (allowed.scheme, allowed.netloc):
            return True
        if allowed.netloc.startswith("*.") and told.scheme == "https" and told.netloc.endswith(allowed.netloc[1:]):
            return True
    return False


def store_choice(connection: Connection, which: tuple[SubjectKind, str, Field], changes: Mapping[str, Any]) -> None:
    """Keep a decision, and let what is shown be made anew."""
    if not connection.execute(update(EnrichmentChoice).where(*_is(X, *which)).values(**changes)).rowcount:
        names = ("subject_kind", "subject_key", "field")
        values = {"value": None, "is_pinned": False, "is_hidden": False, **changes}
        connection.execute(insert(EnrichmentChoice).values(dict(zip(names, which, strict=True)) | values))
    _move(connection)


def _move(connection: Connection) -> None:
    connection.execute(update(MirrorState).values(enrichment_version=MirrorState.enrichment_version + 1))


def _is(columns: Any, kind: SubjectKind, key: str, field: Field) -> tuple[Any, ...]:
    return columns.subject_kind == kind, columns.subject_key == key, columns.field == field
