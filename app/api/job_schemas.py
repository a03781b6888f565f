"""What goes in and comes out of the routes of jobs."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from app.api.export import SWITCHES
from app.api.schemas import Lenient, parameter_docs
from app.core.job_states import JobState
from app.services.job_kinds import KINDS

SHOWN_STATES = (*JobState, "cancelling")


class JobsArguments(Lenient):
    """Which jobs."""

    state = fields.String(validate=validate.OneOf(list(JobState)))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class SubmitArguments(ma.Schema):
    """What is to be done."""

    kind = fields.String(required=True, validate=validate.OneOf(sorted(KINDS)))
    parameters = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={
            "description": "`csv-export`: those of /export/listings.csv. Exports of folders and shops: `account` (a "
            "user name), `folder_id`, `genre`, `label`, `year`, `year_min`, `year_max`, `format` (csv, excel, json or "
            "xml). `cache-import`: `account`, `folders`. `enrichment`: `limit` (albums), `only` (all or new)",
            "properties": {
                **{each["name"]: each["schema"] for each in (*parameter_docs(), *SWITCHES)},
                "account": {"type": "string"},
                "folder_id": {"type": "integer", "minimum": 0},
                "limit": {"type": "integer", "minimum": 1},
                "only": {"type": "string", "enum": ["all", "new"]},
                "folders": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
            },
            "additionalProperties": False,
        },
    )


class ProgressSchema(ma.Schema):
    """How far a job is."""

    done = fields.Integer()
    total = fields.Integer(allow_none=True)
    unit = fields.String(allow_none=True)
    percent = fields.Float(allow_none=True)
    per_second = fields.Float(allow_none=True)
    seconds_left = fields.Float(allow_none=True)


class ResultSchema(ma.Schema):
    """The file a job made."""

    name = fields.String()
    mimetype = fields.String()
    size = fields.Integer(metadata={"description": "bytes"})
    expires_at = fields.DateTime()


class JobErrorSchema(ma.Schema):
    """Something that did not work and did not end the job."""

    place = fields.String()
    problem = fields.String()


class JobSchema(ma.Schema):
    """One job."""

    id = fields.String()
    kind = fields.String()
    owner = fields.String(allow_none=True, metadata={"description": "the account whose data it is"})
    parameters = fields.Dict()
    state = fields.String(metadata={"enum": list(SHOWN_STATES)})
    priority = fields.Integer()
    progress = fields.Nested(ProgressSchema)
    errors = fields.List(fields.Nested(JobErrorSchema), metadata={"description": "the first hundred"})
    error_count = fields.Integer(metadata={"description": "all of them"})
    details = fields.Dict(metadata={"description": "what this kind of job tells besides"})
    problem = fields.String(allow_none=True, metadata={"description": "why it failed, or is tried again"})
    attempts = fields.Integer()
    result = fields.Nested(ResultSchema, allow_none=True)
    created_at = fields.DateTime()
    started_at = fields.DateTime(allow_none=True)
    heartbeat_at = fields.DateTime(allow_none=True)
    finished_at = fields.DateTime(allow_none=True)
    not_before = fields.DateTime(allow_none=True)
    cancel_requested_at = fields.DateTime(allow_none=True)


class JobAnswerSchema(ma.Schema):
    """The job that was asked for, begun, stopped or begun anew."""

    job = fields.Nested(JobSchema)


class JobsSchema(ma.Schema):
    """Jobs, newest first."""

    jobs = fields.List(fields.Nested(JobSchema))
