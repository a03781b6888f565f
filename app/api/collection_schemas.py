"""What is told of collections, for the documentation."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields

from app.api.release_schemas import ReleaseSchema
from app.api.schemas import FacetsSchema, FacetValueSchema, LastSyncSchema

OWNER_ONLY = "for the owner alone"


class CoverSchema(ma.Schema):
    """A picture of an album: about 600 and 150 pixels wide."""

    type = fields.String(required=True)
    uri = fields.String(required=True)
    uri150 = fields.String(required=True)
    source = fields.String(required=True, metadata={"description": "who has it: discogs, spotify, …, person"})


class ShownCoverSchema(ma.Schema):
    """The cover that is shown: what somebody chose, else that of Discogs, else what others have."""

    uri = fields.String(required=True)
    uri150 = fields.String(required=True)
    source = fields.String(required=True)


class OriginSchema(ma.Schema):
    """Where something is from that Discogs did not tell."""

    provider = fields.String(required=True, metadata={"description": "`person`: written or chosen by hand"})
    source = fields.String(required=True, allow_none=True, metadata={"description": "the page it is from"})
    model = fields.String(required=True, allow_none=True)
    at = fields.DateTime(required=True, allow_none=True)
    is_machine_written = fields.Boolean(required=True)
    is_edited = fields.Boolean(required=True)


class NoteSchema(ma.Schema):
    """What the owner noted in one of their fields."""

    field_id = fields.Integer(required=True)
    name = fields.String(required=True, allow_none=True)
    value = fields.String(required=True)


class OfferSchema(ma.Schema):
    """A listing of the shop that is of the same release."""

    listing_id = fields.String(required=True)
    condition = fields.String(required=True, allow_none=True)
    sleeve_condition = fields.String(required=True, allow_none=True)
    price_value = fields.Decimal(required=True, allow_none=True)
    price_currency = fields.String(required=True, allow_none=True)
    seller = fields.String(required=True)
    uri = fields.String(required=True)


class AlbumSchema(ma.Schema):
    """One copy in a collection, by its Discogs instance id. Unknown is null."""

    id = fields.String(required=True)
    release_id = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)
    artist = fields.String(required=True, allow_none=True)
    label = fields.String(required=True, allow_none=True)
    catalog_number = fields.String(required=True, allow_none=True)
    format = fields.String(required=True, allow_none=True)
    year = fields.Integer(required=True, allow_none=True)
    genres = fields.List(fields.String(), required=True)
    styles = fields.List(fields.String(), required=True)
    country = fields.String(required=True, allow_none=True)
    rating = fields.Integer(required=True, allow_none=True, metadata={"description": "1 to 5; null: not rated"})
    date_added = fields.DateTime(required=True, allow_none=True)
    images = fields.List(fields.Nested(CoverSchema), required=True)
    cover = fields.Nested(ShownCoverSchema, required=True, allow_none=True)
    spotify_url = fields.String(required=True, allow_none=True)
    ai_description = fields.String(
        required=True, allow_none=True, metadata={"description": "written by a machine, or edited: see `enrichments`"}
    )
    enrichments = fields.Dict(keys=fields.String(), values=fields.Nested(OriginSchema), required=True)
    master_id = fields.String(required=True, allow_none=True)
    uri = fields.String(required=True)
    resource_url = fields.String(required=True)
    owner = fields.String(required=True)
    active = fields.Boolean(required=True, metadata={"description": "false: it has left the collection"})
    removed_at = fields.DateTime(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)
    folder_id = fields.Integer(allow_none=True, metadata={"description": OWNER_ONLY})
    folder = fields.String(allow_none=True, metadata={"description": OWNER_ONLY})
    notes = fields.List(fields.Nested(NoteSchema), metadata={"description": OWNER_ONLY})
    listings = fields.List(
        fields.Nested(OfferSchema), metadata={"description": f"what the shop sells of this release; {OWNER_ONLY}"}
    )


class WholeAlbumSchema(AlbumSchema):
    """One copy with what the catalogue says of its release; null when that was not read yet."""

    release = fields.Nested(ReleaseSchema, required=True, allow_none=True)


class AlbumPageSchema(ma.Schema):
    """One page of albums. `total` counts every album ever seen, `active` those that are there now."""

    items = fields.List(fields.Nested(AlbumSchema), required=True)
    total = fields.Integer(required=True)
    active = fields.Integer(required=True)
    page = fields.Integer(required=True)
    page_size = fields.Integer(required=True)
    pages = fields.Integer(required=True, metadata={"description": "of what is there now"})


class AlbumArtistSchema(ma.Schema):
    """Who made some of the albums."""

    name = fields.String(required=True)
    images = fields.List(fields.Nested(CoverSchema), required=True)
    albums = fields.Integer(required=True)
    releases = fields.Integer(required=True, metadata={"description": "several copies of one release count once"})


class FolderSchema(ma.Schema):
    """A folder and how many albums lie in it. Strangers know folder 0 alone, which is all of them."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    count = fields.Integer(required=True)
    owner = fields.String(required=True)


class BarSchema(ma.Schema):
    """How many albums have it."""

    label = fields.String(required=True)
    count = fields.Integer(required=True)


class ShelfFacetsSchema(FacetsSchema):
    """Counts within the albums found, the most frequent values first."""

    missing = fields.List(
        fields.Nested(FacetValueSchema),
        required=True,
        metadata={"description": "of how many of one's own albums this is not known; ask `missing=` for them"},
    )


class CollectionStatsSchema(ma.Schema):
    """Collections in numbers. `total_albums` counts every album ever seen, all else what is there now."""

    total_albums = fields.Integer(required=True)
    total_artists = fields.Integer(required=True)
    total_releases = fields.Integer(required=True)
    have = fields.Integer(required=True)
    want = fields.Integer(required=True, allow_none=True, metadata={"description": "null when it is private"})
    owners = fields.List(fields.String(), required=True)
    last_updated = fields.DateTime(required=True, allow_none=True)
    last_sync = fields.Nested(LastSyncSchema, required=True, allow_none=True)
    age_seconds = fields.Integer(required=True, allow_none=True)
    stale = fields.Boolean(required=True)
    by_genre = fields.List(fields.Nested(BarSchema), required=True)
    by_style = fields.List(fields.Nested(BarSchema), required=True)
    by_decade = fields.List(fields.Nested(BarSchema), required=True)
    by_format = fields.List(fields.Nested(BarSchema), required=True)
    by_rating = fields.List(fields.Nested(BarSchema), required=True)
    added_by_month = fields.List(fields.Nested(BarSchema), required=True)
