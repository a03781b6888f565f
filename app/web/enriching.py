"""Enrichment for its owner: who is asked, how it goes, what failed; and each item to edit, pin or hide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug import Response as WerkzeugResponse
from werkzeug.exceptions import BadRequest

from app.api.access import require_admin
from app.api.described import described
from app.api.header_docs import LOCATION
from app.api.problems import problem
from app.api.schemas import parameter_docs
from app.api.viewer import viewer
from app.core.enrichment import Field, State
from app.core.query import BadQuery, Parameter, read_arguments, whole_number
from app.errors import EnrichmentBusy, NothingEnriches
from app.extensions import wiring
from app.services.collection_service import CollectionService
from app.services.enrichment_choices import EnrichmentChoices
from app.services.enrichment_service import EnrichmentService
from app.services.picture_origins import may_be_loaded, page_origins
from app.web.frame import rendered
from app.web.paging import pages_of

blueprint = Blueprint("enriching", __name__, url_prefix="/admin/enrichment")
FORM_ANSWERS = {401: "Not the admin", 403: "Not sent by a page of this shop"}
FAILURES_PER_PAGE = 50
LAST_PAGE = 10**6
MOST_BATCHES = 6
PICTURES = {Field.COVER, Field.ARTIST_IMAGE}
SUBJECT = [
    {"in": "query", "name": name, "required": True, "schema": {"type": "string"}, "description": words}
    for name, words in (("kind", "release or artist"), ("key", "the release's id, or the artist's name"))
]
NUMBER = {"type": "integer", "minimum": 1, "maximum": LAST_PAGE}
ASKED = {"page": Parameter(whole_number(1, LAST_PAGE), "page of failures", NUMBER)}
Decision = Callable[[EnrichmentChoices, str, str, str], Mapping[str, Any]]
DECISIONS: Mapping[str, Decision] = {
    "edit": lambda choices, *which: choices.decide(*which, {"value": _typed(which[2])}),
    "unedit": lambda choices, *which: choices.decide(*which, {"value": None}),
    "pin": lambda choices, *which: choices.decide(*which, {"is_pinned": True}),
    "unpin": lambda choices, *which: choices.decide(*which, {"is_pinned": False}),
    "hide": lambda choices, *which: choices.decide(*which, {"is_hidden": True}),
    "unhide": lambda choices, *which: choices.decide(*which, {"is_hidden": False}),
    "again": lambda choices, *which: choices.ask_again(*which),
}


@blueprint.get("")
@described(parameters=parameter_docs(of=ASKED), answers={400: "No such page", 401: "Not the admin"})
def page() -> Response:
    """The providers and how they do, the queue, the batch at work and those before, what failed."""
    service = EnrichmentService()
    number = read_arguments(request.args.items(multi=True), ASKED).get("page", 1)
    failed = service.failures(limit=FAILURES_PER_PAGE, page=number)
    told = service.overview()
    text = rendered(
        "web/enriching.html",
        providers=told["providers"],
        queue=_by_question(told["queue"]),
        progress=service.progress(),
        batches=service.batches(MOST_BATCHES),
        failed=failed,
        pages=pages_of(number, FAILURES_PER_PAGE, failed["total"]),
        missing=[one for one in CollectionService(viewer()).missing() if one["count"]],
    )
    return make_response(text)


@blueprint.post("/start", provide_automatic_options=False)
@described(status=303, headers=LOCATION, answers=FORM_ANSWERS | {400: "No such limit", 409: "Not now, and why"})
def start() -> WerkzeugResponse:
    """Begin a batch: at most `limit` albums, all that is due or, with `only_new`, what came with a sync."""
    require_admin()
    limit = request.form.get("limit", "").strip()
    if limit and not (limit.isascii() and limit.isdigit() and len(limit) < 10):
        raise BadRequest("The limit must be a whole number.")
    only = "new" if request.form.get("only_new") else "all"
    EnrichmentService().start(limit=int(limit) if limit else None, only=only)
    return redirect(url_for("enriching.page"), HTTPStatus.SEE_OTHER)


@blueprint.post("/cancel", provide_automatic_options=False)
@described(status=303, headers=LOCATION, answers=FORM_ANSWERS | {409: "It has just ended"})
def cancel() -> WerkzeugResponse:
    """Stop the batch at work; what it brought stays."""
    require_admin()
    EnrichmentService().cancel()
    return redirect(url_for("enriching.page"), HTTPStatus.SEE_OTHER)


@blueprint.get("/item")
@described(parameters=SUBJECT, answers={401: "Not the admin", 404: "Neither such a release nor such an artist"})
def item() -> Response:
    """All that others know of one release or artist, what is shown of it, and the buttons that change that."""
    kind, key = request.args.get("kind", ""), request.args.get("key", "").strip()
    return make_response(_item_text(EnrichmentChoices().of(kind, key)))


@blueprint.post("/item", provide_automatic_options=False)
@described(status=303, headers=LOCATION, answers=FORM_ANSWERS | {400: "Not to be shown, and why", 404: "No such item"})
def decide() -> WerkzeugResponse:
    """Edit, pin or hide a field of an item, take that back, or have it asked again."""
    require_admin()
    kind, key, field = (request.form.get(name, "") for name in ("kind", "key", "field"))
    decision = DECISIONS.get(request.form.get("decision", ""))
    if decision is None:
        raise BadRequest("There is no such button.")
    choices = EnrichmentChoices()
    known = choices.of(kind, key)
    try:
        decision(choices, kind, known["key"], field)
    except BadQuery as error:
        return make_response(_item_text(known, field, error.problems.get("value", str(error))), HTTPStatus.BAD_REQUEST)
    address = url_for("enriching.item", kind=kind, key=known["key"], _anchor=field)
    return redirect(address, HTTPStatus.SEE_OTHER)


def _typed(field: str) -> str:
    """The value of the form, if pages can show it. Raises BadQuery."""
    value = request.form.get("value", "").strip()
    if field in PICTURES and not may_be_loaded(value, wiring().settings):
        hosts = ", ".join(page_origins(wiring().settings))
        raise BadQuery({"value": f"pages show pictures of these hosts alone: {hosts}"})
    if field == Field.SPOTIFY_URL and not value.startswith("https://"):
        raise BadQuery({"value": "the address is not https"})
    return value


def _item_text(known: Mapping[str, Any], refused: str = "", why: str = "") -> str:
    name = EnrichmentService().name_of(known["kind"], known["key"])
    typed = request.form.get("value", "") if refused else ""
    return rendered(
        "web/enriched_item.html", known=known, name=name, refused=refused, why=why, typed=typed, pictures=PICTURES
    )


def _by_question(queue: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each field and provider, with a number for each state."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in queue:
        asked = one["field"], one["provider"]
        row = found.setdefault(asked, {"field": asked[0], "provider": asked[1], **{str(state): 0 for state in State}})
        row[one["state"]] = one["count"]
    return list(found.values())


@blueprint.errorhandler(EnrichmentBusy)
def _busy(_error: EnrichmentBusy) -> Response:
    return _not_now("A batch is queued or at work already. Wait for it, or stop it.")


@blueprint.errorhandler(NothingEnriches)
def _nobody(error: NothingEnriches) -> Response:
    return _not_now(f"No provider is configured. {'; '.join(error.why)}.")


def _not_now(detail: str) -> Response:
    again = url_for("enriching.page")
    return problem(409, detail, heading="Not at this moment", again=again, again_words="Back to enrichment")


@blueprint.after_request
def _keep_to_ourselves(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
