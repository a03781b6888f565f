"""What goes in and comes out of the control of the sync."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from app.api.schemas import LastSyncSchema, Lenient
from app.services.sync_control import KINDS


class YesOrNo(fields.Boolean):
    """A boolean of JSON, and nothing that looks like one."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class RunsArguments(Lenient):
    """How many runs."""

    limit = fields.Integer(load_default=20, validate=validate.Range(1, 200))


class StartArguments(ma.Schema):
    """How to sync."""

    force_full = YesOrNo(
        load_default=False,
        metadata={
            "description": "also when Discogs asked for a pause; rows that somebody else changed in the database are"
            " written anew"
        },
    )
    source = fields.String(
        load_default=None,
        validate=validate.OneOf(KINDS),
        metadata={"description": "only sources of this kind; without it all of them"},
    )


class RunSchema(ma.Schema):
    """One run."""

    id = fields.Integer()
    kind = fields.String()
    trigger = fields.String()
    state = fields.String()
    outcome = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    detail = fields.String(allow_none=True)
    is_complete = fields.Boolean(allow_none=True)
    view = fields.String(allow_none=True)
    confirms_run_id = fields.Integer(allow_none=True)
    undoes_run_id = fields.Integer(allow_none=True)
    source = fields.String(metadata={"description": "inventory, collection or wantlist"})
    seller = fields.String()
    queued_at = fields.DateTime()
    started_at = fields.DateTime(allow_none=True)
    heartbeat_at = fields.DateTime(allow_none=True)
    finished_at = fields.DateTime(allow_none=True)
    dismissed_at = fields.DateTime(
        allow_none=True, metadata={"description": "when a person said that what it held back stays"}
    )
    counts = fields.Dict()
    held_removals = fields.Integer()
    limit = fields.Integer(allow_none=True)
    force_full = fields.Boolean()
    adds_only = fields.Boolean(
        metadata={"description": "it changes and removes nothing: it was asked to, or so its policy says"}
    )
    waiting_for = fields.String(allow_none=True)
    latest_item = fields.String(allow_none=True, metadata={"description": "what was read last, one of a hundred"})


class RunDetailSchema(RunSchema):
    """One run with what it holds back and what it could not read."""

    held = fields.List(fields.Dict())
    quarantine = fields.List(fields.Dict())


class RunAnswerSchema(ma.Schema):
    """The run that was started, stopped, confirmed or undone; a start of several sources has several ids."""

    run = fields.Nested(RunDetailSchema)
    run_ids = fields.List(fields.Integer())


class RunsSchema(ma.Schema):
    """Runs, newest first."""

    runs = fields.List(fields.Nested(RunSchema))


class SourceSyncSchema(LastSyncSchema):
    """How the newest finished sync of a source ended."""

    run_id = fields.Integer()


class SourceSchema(ma.Schema):
    """One stream of one account."""

    id = fields.Integer()
    source = fields.String(metadata={"description": "inventory, collection or wantlist"})
    seller = fields.String()
    shown = fields.Boolean()
    public = fields.Boolean(allow_none=True, metadata={"description": "whether Discogs shows it to strangers"})
    total = fields.Integer(metadata={"description": "rows that are there now"})
    things = fields.String(metadata={"description": "what its rows are called: listings, copies, wants"})
    policy = fields.String(metadata={"description": "mirror or add_only"})
    run = fields.Nested(RunSchema, allow_none=True, metadata={"description": "queued or at work"})
    progress = fields.Dict(metadata={"description": "as `sync_status`, with pages, items per second, seconds left"})
    last_sync = fields.Nested(SourceSyncSchema, allow_none=True)


class SyncStatusSchema(ma.Schema):
    """What the sync is doing."""

    sync_status = fields.Dict()
    collection_stats = fields.Dict()
    client_online = fields.Boolean()
    run = fields.Nested(RunSchema, allow_none=True)
    last_run = fields.Nested(RunSchema, allow_none=True)
    sources = fields.List(fields.Nested(SourceSchema))
    held_runs = fields.List(fields.Nested(RunSchema))
    refused = fields.List(
        fields.Dict(), metadata={"description": "sources whose credential Discogs refuses: seller, reason, advice"}
    )
    waiting_for = fields.String(allow_none=True)
    rate = fields.Dict()
