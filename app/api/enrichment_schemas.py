"""What goes in and comes out of the routes of enrichment."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from app.api.job_schemas import JobSchema
from app.api.schemas import Lenient
from app.api.sync_schemas import YesOrNo
from app.core.enrichment import Field, State, SubjectKind
from app.core.told_text import LONGEST_TEXT
from app.services.enrichment_job import LARGEST_LIMIT, ONLY

PROGRESS_STATES = ("idle", "queued", "running", "cancelling", "completed", "failed", "cancelled")


class EnrichArguments(Lenient):
    """How much is enriched."""

    limit = fields.Integer(
        load_default=None,
        validate=validate.Range(1, LARGEST_LIMIT),
        metadata={"description": "so many albums, each with its artist; all that is due when not given"},
    )
    only_ = fields.String(
        data_key="only",
        attribute="only",
        load_default="all",
        validate=validate.OneOf(ONLY),
        metadata={"description": "`new`: what came with a sync and nobody was asked about yet"},
    )


class CountsSchema(ma.Schema):
    """found = enriched + nothing_found + errors, at every moment."""

    found = fields.Integer(required=True, metadata={"description": "questions that were asked"})
    enriched = fields.Integer(required=True)
    nothing_found = fields.Integer(required=True, metadata={"description": "asked again later"})
    errors = fields.Integer(required=True, metadata={"description": "tried again later"})


class EnrichProgressSchema(CountsSchema):
    """How far a batch is. `current` and `total` count albums."""

    status = fields.String(required=True, validate=validate.OneOf(PROGRESS_STATES))
    current = fields.Integer(required=True)
    total = fields.Integer(required=True)
    current_album = fields.String(required=True, allow_none=True)
    by_field = fields.Dict(keys=fields.String(), values=fields.Nested(CountsSchema), required=True)
    standstills = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "providers that could not be asked to the end, and why"},
    )
    progress_percent = fields.Float(required=True)
    seconds_left = fields.Float(required=True, allow_none=True)
    job = fields.Nested(JobSchema, required=True, allow_none=True)


class EnrichAnswerSchema(ma.Schema):
    """The batch that was queued."""

    status = fields.String(required=True, metadata={"description": "started"})
    job = fields.Nested(JobSchema, required=True)


class ProviderSchema(ma.Schema):
    """Who is asked."""

    name = fields.String(required=True)
    fields_ = fields.Dict(data_key="fields", attribute="fields", keys=fields.String(), values=fields.String())
    is_on = fields.Boolean(required=True)
    is_asked_now = fields.Boolean(required=True)
    why_not = fields.String(required=True)
    requests_today = fields.Integer(required=True)
    requests_a_day = fields.Integer(required=True, allow_none=True)
    problem = fields.String(required=True, allow_none=True, metadata={"description": "of the last failure"})


class QueuedSchema(ma.Schema):
    """How many questions stand how."""

    field = fields.String(required=True, validate=validate.OneOf(list(Field)))
    provider = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(State)))
    count = fields.Integer(required=True)


class OverviewSchema(ma.Schema):
    """The providers, and the queue in numbers."""

    providers = fields.List(fields.Nested(ProviderSchema), required=True)
    queue = fields.List(fields.Nested(QueuedSchema), required=True)


class FailuresArguments(Lenient):
    """Which of them."""

    limit = fields.Integer(load_default=100, validate=validate.Range(1, 1000))
    page = fields.Integer(load_default=1, validate=validate.Range(1, 10**6))


class FailureSchema(ma.Schema):
    """A question without an answer."""

    kind = fields.String(required=True, validate=validate.OneOf(list(SubjectKind)))
    key = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    field = fields.String(required=True, validate=validate.OneOf(list(Field)))
    provider = fields.String(required=True)
    problem = fields.String(required=True, allow_none=True)
    attempts = fields.Integer(required=True, metadata={"description": "in a row"})
    asked_at = fields.DateTime(required=True, allow_none=True)
    again_at = fields.DateTime(required=True, allow_none=True)


class FailuresSchema(ma.Schema):
    """A page of failures; `total` counts those of all pages."""

    items = fields.List(fields.Nested(FailureSchema), required=True)
    total = fields.Integer(required=True)


class ChoiceArguments(ma.Schema):
    """What a person decides about a field; what is not named stays."""

    value = fields.String(
        allow_none=True,
        validate=validate.Length(1, LONGEST_TEXT),
        metadata={"description": "an address, or the text of a description; null: none of one's own"},
    )
    is_pinned = YesOrNo(metadata={"description": "nobody is asked again"})
    is_hidden = YesOrNo(metadata={"description": "visitors see nothing of it"})


class ShownSchema(ma.Schema):
    """What visitors see."""

    value = fields.Dict(required=True)
    provider = fields.String(required=True, metadata={"description": "`person`: it was written or chosen by hand"})
    source = fields.String(required=True, allow_none=True)
    model = fields.String(required=True, allow_none=True)
    at = fields.DateTime(required=True, allow_none=True)
    is_machine_written = fields.Boolean(required=True)
    is_edited = fields.Boolean(required=True)


class AnswerSchema(ma.Schema):
    """What one provider told."""

    provider = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(State)))
    value = fields.Dict(required=True, allow_none=True)
    source = fields.String(required=True, allow_none=True)
    model = fields.String(required=True, allow_none=True)
    score = fields.Float(required=True, allow_none=True)
    problem = fields.String(required=True, allow_none=True)
    wanted_at = fields.DateTime(required=True)
    asked_at = fields.DateTime(required=True, allow_none=True)
    answered_at = fields.DateTime(required=True, allow_none=True)
    again_at = fields.DateTime(required=True, allow_none=True)


class KnownFieldSchema(ma.Schema):
    """One field: what is shown, what was decided, what was told."""

    field = fields.String(required=True, validate=validate.OneOf(list(Field)))
    shown = fields.Nested(ShownSchema, required=True, allow_none=True)
    own_value = fields.Dict(required=True, allow_none=True)
    is_pinned = fields.Boolean(required=True)
    is_hidden = fields.Boolean(required=True)
    answers = fields.List(fields.Nested(AnswerSchema), required=True)


class SubjectSchema(ma.Schema):
    """A release (by its id) or an artist (by the folded name) and all that others know of it."""

    kind = fields.String(required=True, validate=validate.OneOf(list(SubjectKind)))
    key = fields.String(required=True)
    fields_ = fields.List(fields.Nested(KnownFieldSchema), data_key="fields", attribute="fields", required=True)
