"""What an entry of the catalogue looks like."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

fields = ma.fields


def _told(**options: Any) -> Any:
    return fields.String(required=True, allow_none=True, **options)


class CreditSchema(ma.Schema):
    """Somebody named on a release, as the sleeve spells the name."""

    name = fields.String(required=True)
    role = _told()
    tracks = _told()


class LabelCreditSchema(ma.Schema):
    """A label and its catalogue number."""

    name = fields.String(required=True)
    catalog_number = _told()


class FormatPartSchema(ma.Schema):
    """One kind of medium."""

    name = fields.String(required=True)
    quantity = _told()
    descriptions = fields.List(fields.String(), required=True)
    text = _told()


class IdentifierSchema(ma.Schema):
    """A barcode, a matrix number and the like."""

    type = fields.String(required=True)
    value = fields.String(required=True)
    description = _told()


class SubTrackSchema(ma.Schema):
    """A line of a track list."""

    position = _told()
    type = fields.String(required=True, metadata={"description": "track, heading or index"})
    title = fields.String(required=True)
    duration = _told()
    artist = _told()
    credits = fields.List(fields.Nested(CreditSchema), required=True)
    sub_tracks = fields.List(fields.Dict(), required=True)


class TrackSchema(SubTrackSchema):
    """A line of a track list; an index holds the tracks below it."""

    sub_tracks = fields.List(fields.Nested(SubTrackSchema), required=True)


class VideoSchema(ma.Schema):
    """A video somebody linked to the release; duration in seconds."""

    uri = fields.String(required=True)
    title = _told()
    duration = fields.Integer(required=True, allow_none=True)


class ImageSchema(ma.Schema):
    """A picture to link to."""

    uri = fields.String(required=True)
    thumbnail = _told()
    width = fields.Integer(required=True, allow_none=True)
    height = fields.Integer(required=True, allow_none=True)


class MarketSchema(ma.Schema):
    """What copies cost when Discogs was asked; the lowest price is told without a currency."""

    lowest_price = fields.Float(required=True, allow_none=True)
    num_for_sale = fields.Integer(required=True, allow_none=True)
    age_seconds = fields.Integer(required=True)


class ReleaseSchema(ma.Schema):
    """One entry of Discogs' catalogue, as it was at `fetched_at`."""

    release_id = fields.String(required=True)
    title = fields.String(required=True)
    artist = _told()
    artists = fields.List(fields.Nested(CreditSchema), required=True)
    labels = fields.List(fields.Nested(LabelCreditSchema), required=True)
    country = _told()
    year = fields.Integer(required=True, allow_none=True)
    released = _told(metadata={"description": "a date, or as much of one as is known: 1979-05-00"})
    genres = fields.List(fields.String(), required=True)
    styles = fields.List(fields.String(), required=True)
    formats = fields.List(fields.Nested(FormatPartSchema), required=True)
    identifiers = fields.List(fields.Nested(IdentifierSchema), required=True)
    tracklist = fields.List(fields.Nested(TrackSchema), required=True)
    credits = fields.List(fields.Nested(CreditSchema), required=True)
    videos = fields.List(fields.Nested(VideoSchema), required=True)
    images = fields.List(fields.Nested(ImageSchema), required=True)
    notes = _told()
    master_id = _told()
    uri = fields.String(required=True)
    fetched_at = fields.DateTime(required=True)
    is_gone = fields.Boolean(required=True, metadata={"description": "the catalogue does not have it any more"})
    market = fields.Nested(
        MarketSchema, required=True, allow_none=True, metadata={"description": "null when older than six hours"}
    )
