"""The columns a listing is shown from, private ones apart."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement

from app.formats.shop_listing import Listed
from app.models import FORMAT_SHOWN, ListingRow, ReleaseRow

L, R = ListingRow.__table__.c, ReleaseRow.__table__.c
PUBLIC_COLUMNS: tuple[ColumnElement[Any], ...] = tuple(
    FORMAT_SHOWN if name == FORMAT_SHOWN.name else L[name] if name in L else R[name] for name in Listed._fields
)
PRIVATE_COLUMNS: tuple[ColumnElement[Any], ...] = (L.location, L.external_id, L.weight, L.format_quantity)
