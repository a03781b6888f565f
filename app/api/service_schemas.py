"""What goes in and comes out of imports and of the search at Discogs."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from app.api.schemas import Lenient
from app.api.sync_schemas import RunDetailSchema, RunSchema
from app.core.query import LARGEST_LIMIT
from app.services.import_progress import STATUSES
from app.services.online_search import LONGEST_QUESTION, MOST_RESULTS
from app.services.sync_control import KINDS


class SourceArguments(Lenient):
    """What is imported."""

    source = fields.String(load_default="collection", validate=validate.OneOf(KINDS))


class ImportArguments(SourceArguments):
    """What is imported, and how much of it."""

    limit = fields.Integer(
        load_default=None,
        validate=validate.Range(1, LARGEST_LIMIT),
        metadata={"description": "read only so many items: to try it out"},
    )


class ImportAnswerSchema(ma.Schema):
    """The sync that was queued."""

    status = fields.String(required=True, metadata={"description": "started"})
    source = fields.String(required=True)
    run = fields.Nested(RunDetailSchema, required=True)
    run_ids = fields.List(fields.Integer(), required=True)


class ImportProgressSchema(ma.Schema):
    """How far a sync is. Counts of what was done are there once it is: it is applied all at once."""

    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    source = fields.String(required=True)
    current = fields.Integer(required=True)
    total = fields.Integer(required=True)
    current_album = fields.String(
        required=True, allow_none=True, metadata={"description": "the last of the hundred that were read last"}
    )
    synced = fields.Integer(required=True, metadata={"description": "added, or back again"})
    skipped = fields.Integer(required=True, metadata={"description": "known already"})
    errors = fields.Integer(required=True, metadata={"description": "items that could not be read"})
    progress_percent = fields.Float(required=True)
    estimated_completion = fields.DateTime(required=True, allow_none=True)
    run = fields.Nested(RunSchema, required=True, allow_none=True)


class OnlineSearchArguments(Lenient):
    """What to look for."""

    q = fields.String(required=True, validate=validate.Length(1, LONGEST_QUESTION))
    limit = fields.Integer(load_default=10, validate=validate.Range(1, MOST_RESULTS))


class FoundReleaseSchema(ma.Schema):
    """A release of the catalogue. Unknown is null; what has no artist of its own has all of its name in `title`."""

    id = fields.Integer(required=True)
    title = fields.String(required=True, allow_none=True)
    artist = fields.String(required=True, allow_none=True)
    year = fields.Integer(required=True, allow_none=True)
    format = fields.List(fields.String(), required=True)
    thumb = fields.String(required=True, allow_none=True)
    label = fields.List(fields.String(), required=True)
    catalog_number = fields.String(required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)
    genre = fields.List(fields.String(), required=True)
    style = fields.List(fields.String(), required=True)
    master_id = fields.Integer(required=True, allow_none=True)
    uri = fields.String(required=True)


class OnlineSearchSchema(ma.Schema):
    """What Discogs found, or while it cannot be reached the mirror. `count` are shown here, `total` Discogs has;
    `skipped` could not be read."""

    query = fields.String(required=True)
    results = fields.List(fields.Nested(FoundReleaseSchema), required=True)
    count = fields.Integer(required=True)
    total = fields.Integer(required=True)
    skipped = fields.Integer(required=True)
    source = fields.String(required=True, validate=validate.OneOf(["discogs", "local"]))
    reason = fields.String(
        required=True, allow_none=True, metadata={"description": "why the mirror answers in place of Discogs"}
    )
