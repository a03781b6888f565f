"""The catalogue of Discogs, asked on the spot. For the admin: every question spends of the sync's budget."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from app.api.header_docs import RETRY_AFTER
from app.api.json_answer import json_answer
from app.api.problems import problem
from app.api.service_schemas import OnlineSearchArguments, OnlineSearchSchema
from app.errors import Cancelled, DiscogsAPIError, DiscogsAuthenticationError, DiscogsRateLimitError
from app.services.offline_search import search_offline
from app.services.online_search import search_online

blueprint = Blueprint("online", __name__, url_prefix="/api/discogs", description="Discogs itself, with the admin token")
LATER_S = 60


@blueprint.get("/search")
@blueprint.arguments(OnlineSearchArguments, location="query")
@blueprint.response(200, OnlineSearchSchema)
@blueprint.alt_response(409, description="Discogs wants a credential, or another one: `reason`")
@blueprint.alt_response(
    503, description="Discogs asks for patience, or the database does not answer", headers=RETRY_AFTER
)
def search(arguments: dict[str, Any]) -> Response:
    """Search releases at Discogs; while it does not answer, among what the shop sells and what is collected here
    (`source` is `local` then). What the shop sells is found by /api/search, without asking anybody."""
    question, limit = arguments["q"], arguments["limit"]
    try:
        found = search_online(question, limit)
    except (DiscogsAuthenticationError, DiscogsRateLimitError):
        raise  # a person has to do something, or to wait
    except DiscogsAPIError as error:
        found = search_offline(question, limit, str(error.reason))
    return json_answer(found)


@blueprint.errorhandler(DiscogsAuthenticationError)
def _no_credential(error: DiscogsAuthenticationError) -> Response:
    detail = "Discogs refuses to search with this credential, or without one. Set DISCOGS_TOKEN, or enter it at /setup."
    return problem(409, detail, reason=str(error.reason))


@blueprint.errorhandler(DiscogsRateLimitError)
def _too_fast(error: DiscogsRateLimitError) -> Response:
    return _later(round(error.retry_after or LATER_S))


@blueprint.errorhandler(Cancelled)
def _out_of_patience(_: Cancelled) -> Response:
    return _later(LATER_S)


def _later(seconds: int) -> Response:
    detail = "Discogs lets us ask only so much a minute. Try again in a minute."
    return problem(503, detail, headers={"Retry-After": str(max(1, seconds))})
