"""What goes in and comes out, for the documentation and for checking what goes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from app.core.ids import LARGEST_ID
from app.core.query import PARAMETERS, Parameter


def parameter_docs(
    names: Sequence[str] | None = None, *, of: Mapping[str, Parameter] = PARAMETERS
) -> list[dict[str, Any]]:
    """The documentation of query parameters (None: all), from the table that also reads them."""
    return [
        {"in": "query", "name": name, "description": of[name].meaning, "schema": of[name].schema}
        for name in (of if names is None else names)
    ]


class Lenient(ma.Schema):
    """Query parameters we do not know are none of our business."""

    class Meta:
        unknown = ma.EXCLUDE


class ChangesArguments(Lenient):
    """Where to go on reading."""

    since = fields.Integer(load_default=0, validate=validate.Range(0, LARGEST_ID))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 1000))


class ListingSchema(ma.Schema):
    """A listing for sale. Unknown is null."""

    listing_id = fields.String(required=True)
    release_id = fields.String(required=True)
    status = fields.String(required=True)
    condition = fields.String(allow_none=True)
    sleeve_condition = fields.String(allow_none=True)
    posted = fields.DateTime(allow_none=True)
    price_value = fields.Decimal(allow_none=True, metadata={"description": "exactly the seller's price"})
    price_currency = fields.String(allow_none=True)
    artist_names = fields.String(allow_none=True)
    primary_artist = fields.String(allow_none=True)
    release_title = fields.String(allow_none=True)
    release_year = fields.Integer(allow_none=True)
    label_names = fields.String(allow_none=True)
    primary_label = fields.String(allow_none=True)
    catalog_number = fields.String(allow_none=True)
    format_names = fields.String(
        allow_none=True, metadata={"description": "of the listing, or of its release where the listing names none"}
    )
    primary_format = fields.String(allow_none=True)
    genres = fields.String(allow_none=True)
    styles = fields.String(allow_none=True)
    country = fields.String(allow_none=True)
    barcode = fields.String(allow_none=True)
    comments = fields.String(allow_none=True)
    image_uri = fields.String(allow_none=True)
    image_resource_url = fields.String(allow_none=True)
    shipping_price = fields.Decimal(allow_none=True)
    shipping_currency = fields.String(allow_none=True)
    master_id = fields.String(allow_none=True)
    master_url = fields.String(allow_none=True)
    uri = fields.String(required=True)
    resource_url = fields.String(required=True)
    release_uri = fields.String(required=True)
    release_resource_url = fields.String(required=True)
    release_community_have = fields.Integer(allow_none=True)
    release_community_want = fields.Integer(allow_none=True)
    export_timestamp = fields.DateTime(required=True, metadata={"description": "when the mirror last changed it"})
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)
    seller = fields.String(allow_none=True)
    ships_from = fields.String(allow_none=True)
    allow_offers = fields.Boolean(allow_none=True)


class LastSyncSchema(ma.Schema):
    """How the newest finished sync ended."""

    time = fields.DateTime(allow_none=True)
    outcome = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class CurrencySchema(ma.Schema):
    """What is for sale in one currency."""

    currency = fields.String()
    count = fields.Integer()
    value = fields.Decimal()


class StatsSchema(ma.Schema):
    """The shop in numbers."""

    total_listings = fields.Integer()
    last_updated = fields.DateTime(allow_none=True, metadata={"description": "when the data last changed"})
    last_sync = fields.Nested(LastSyncSchema, allow_none=True)
    age_seconds = fields.Integer(allow_none=True, metadata={"description": "since all of it was last confirmed"})
    stale = fields.Boolean()
    is_partial = fields.Boolean(data_key="partial")
    partial_reason = fields.String(allow_none=True)
    currencies = fields.List(fields.Nested(CurrencySchema))
    without_price = fields.Integer()
    sellers = fields.List(fields.Dict())
    coverage = fields.Dict(
        metadata={"description": "for how many listings genres, styles, formats and country are known"}
    )
    attribution = fields.List(
        fields.String(), metadata={"description": "what has to be said wherever the data is shown, as Discogs words it"}
    )


class FacetValueSchema(ma.Schema):
    """A value that can be asked for, and how many listings have it."""

    value = fields.Raw(required=True, metadata={"type": ["string", "integer"]})
    count = fields.Integer(required=True)


class PriceRangeSchema(ma.Schema):
    """The cheapest and the dearest listing in one currency."""

    currency = fields.String(required=True)
    count = fields.Integer(required=True)
    min = fields.Decimal(required=True)
    max = fields.Decimal(required=True)


class FacetsSchema(ma.Schema):
    """Counts within the listings found, the most frequent values first."""

    total = fields.Integer(required=True)
    artists = fields.List(fields.Nested(FacetValueSchema), required=True)
    labels = fields.List(fields.Nested(FacetValueSchema), required=True)
    genres = fields.List(fields.Nested(FacetValueSchema), required=True)
    styles = fields.List(fields.Nested(FacetValueSchema), required=True)
    formats = fields.List(fields.Nested(FacetValueSchema), required=True)
    countries = fields.List(fields.Nested(FacetValueSchema), required=True)
    years = fields.List(fields.Nested(FacetValueSchema), required=True)
    conditions = fields.List(fields.Nested(FacetValueSchema), required=True)
    sleeve_conditions = fields.List(fields.Nested(FacetValueSchema), required=True)
    prices = fields.List(fields.Nested(PriceRangeSchema), required=True)


ChangeSchema = ma.Schema.from_dict(
    {
        "seq": fields.Integer(),
        "at": fields.DateTime(),
        "kind": fields.String(metadata={"description": "add, update, remove or restore"}),
        "listing_id": fields.String(),
        "fields": fields.Dict(metadata={"description": "name: [old, new]"}),
    },
    name="Change",
)


class ChangePageSchema(ma.Schema):
    """Changes, and the number to go on from."""

    changes = fields.List(fields.Nested(ChangeSchema))
    next = fields.Integer()


class PricePointSchema(ma.Schema):
    """A price and when visitors saw it first. Null: no price was known."""

    at = fields.DateTime(required=True)
    price = fields.Decimal(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)


class HistorySchema(ma.Schema):
    """One listing's way through the shop, the oldest first; at most the newest 2,000 changes."""

    listing_id = fields.String(required=True)
    changes = fields.List(fields.Nested(ChangeSchema), required=True)
    prices = fields.List(fields.Nested(PricePointSchema), required=True)


class HealthSchema(ma.Schema):
    """Fitness to answer."""

    status = fields.String()
    ready = fields.Boolean()
    late = fields.Boolean()
    reasons = fields.List(fields.String())
    age_seconds = fields.Integer(allow_none=True)
    stale = fields.Boolean()
    last_sync = fields.Nested(LastSyncSchema, allow_none=True)
    held_runs = fields.Integer()
