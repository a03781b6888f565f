"""The columns a listing is shown from, private ones apart."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement

from app.models import ListingRow, ReleaseRow

L, R = ListingRow.__table__.c, ReleaseRow.__table__.c
PUBLIC_COLUMNS: tuple[ColumnElement[Any], ...] = (
    L.listing_id,
    L.source_id,
    L.release_id,
    L.status,
    L.condition,
    L.sleeve_condition,
    L.posted_at,
    L.price_minor,
    L.price_currency,
    L.title,
    L.artist,
    L.label,
    L.format,
    L.catalog_number,
    L.year,
    L.comments,
    L.ships_from,
    L.allow_offers,
    L.shipping_minor,
    L.shipping_currency,
    L.image_uri,
    L.image_resource_url,
    L.created_at,
    L.updated_at,
    R.country,
    R.genres,
    R.styles,
    R.barcode,
    R.master_id,
    R.community_have,
    R.community_want,
)
PRIVATE_COLUMNS: tuple[ColumnElement[Any], ...] = (L.location, L.external_id, L.weight, L.format_quantity)
