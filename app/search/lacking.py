"""What is not known of copies besides what Discogs tells: which have no cover, description, link or picture."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, literal, select, union_all

from app.core.artist_keys import artist_key
from app.core.enrichment import NOBODY, SUBJECT_OF, Field, SubjectKind
from app.models import CopyRow, EnrichmentChoice, EnrichmentRow

C, E, X = CopyRow.__table__.c, EnrichmentRow.__table__.c, EnrichmentChoice.__table__.c
# What a row must have to be asked about.
NEEDED: tuple[ColumnElement[Any], ...] = (C.source_id, C.release_id, C.artist, C.cover_image, C.thumb)
TOLD, HIDDEN = 0, 1


class KnownFields:
    """Which subjects have these fields, as visitors see them: what is hidden is not there. One statement."""

    def __init__(self, connection: Connection, fields: Collection[Field]) -> None:
        names = sorted(fields)
        told: Any = select(literal(TOLD), E.field, E.subject_key).where(E.field.in_(names), E.value.is_not(None))
        own = select(literal(TOLD), X.field, X.subject_key).where(X.field.in_(names), X.value.is_not(None))
        hidden = select(literal(HIDDEN), X.field, X.subject_key).where(X.field.in_(names), X.is_hidden)
        found: tuple[set[tuple[str, str]], set[tuple[str, str]]] = set(), set()
        for what, field, key in connection.execute(union_all(told, own, hidden)):
            found[what].add((field, key))
        self._known = found[TOLD] - found[HIDDEN]

    def lacks(self, field: Field, row: Row[*tuple[Any, ...]]) -> bool:
        """Whether the field of a copy, a row with NEEDED, is not known. Nobody in particular lacks no picture."""
        if field is Field.COVER and (row.cover_image or row.thumb):
            return False
        if SUBJECT_OF[field] is SubjectKind.RELEASE:
            return (field, str(row.release_id)) not in self._known
        key = artist_key(row.artist)
        return key is not None and key not in NOBODY and (field, key) not in self._known
