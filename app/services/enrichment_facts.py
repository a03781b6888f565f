"""What the mirror knows of releases, as far as providers are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, literal, null, select, union_all

from app.core.enrichment import CatalogueFacts
from app.models import CopyRow, ListingRow, ReleaseRow

L, C, R = (table.__table__.c for table in (ListingRow, CopyRow, ReleaseRow))
SHARED = ("release_id", "title", "artist", "year", "label", "catalog_number", "format")
IDS_PER_STATEMENT = 400


def facts_of(connection: Connection, release_ids: Sequence[int]) -> dict[int, CatalogueFacts]:
    """The facts of these releases, as far as anything of them is live; a copy tells more than a listing."""
    found: dict[int, CatalogueFacts] = {}
    for start in range(0, len(release_ids), IDS_PER_STATEMENT):
        for row in connection.execute(_query(release_ids[start : start + IDS_PER_STATEMENT])):
            facts = CatalogueFacts(*row[: len(CatalogueFacts._fields)])
            before = found.get(facts.release_id)
            found[facts.release_id] = facts if before is None else _completed(before, facts)
    return found


def _completed(one: CatalogueFacts, other: CatalogueFacts) -> CatalogueFacts:
    told = other._asdict()
    gaps = {name: told[name] for name, value in one._asdict().items() if value is None}
    return one._replace(**gaps)


def _query(release_ids: Sequence[int]) -> Any:
    owned = select(
        literal(0).label("place"),
        *(C[name] for name in SHARED),
        C.genres,
        C.styles,
        C.cover_image.label("cover"),
        C.thumb,
    ).where(C.release_id.in_(release_ids), C.removed_at.is_(None))
    listed = select(
        literal(1),
        *(L[name] for name in SHARED),
        null(),
        null(),
        L.image_uri,
        null(),
    ).where(L.release_id.in_(release_ids), L.removed_at.is_(None))
    known = union_all(owned, listed).subquery("known")
    columns: dict[str, Any] = {name: known.c[name] for name in (*SHARED, "cover", "thumb")}
    columns |= {"country": R.country, "barcode": R.barcode, "format": func.coalesce(known.c.format, R.formats)}
    columns |= {name: func.coalesce(known.c[name], R[name]) for name in ("genres", "styles")}
    ordered = [columns[name].label(name) for name in CatalogueFacts._fields]
    joined = known.outerjoin(ReleaseRow.__table__, R.release_id == known.c.release_id)
    return select(*ordered).select_from(joined).order_by(known.c.place)
