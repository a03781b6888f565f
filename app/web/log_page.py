"""The end of the log for the owner: the last lines that the processes of this shop told."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from app.api.described import described
from app.core.query import Parameter, read_arguments
from app.extensions import wiring
from app.ops.log_tail import KEPT, tail, this_process
from app.web.frame import rendered

blueprint = Blueprint("log_page", __name__, url_prefix="/admin/log")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def _level(text: str) -> str:
    if text.upper() in LEVELS:
        return text.upper()
    raise ValueError(f"must be one of {', '.join(LEVELS)}")


ASKED = {"level": Parameter(_level, "lines of this level and graver ones", {"type": "string", "enum": list(LEVELS)})}
DOCUMENTED = [{"in": "query", "name": "level", "schema": ASKED["level"].schema, "description": ASKED["level"].meaning}]


@blueprint.get("")
@described(parameters=DOCUMENTED, answers={400: "No such level", 401: "Not the admin"})
def log() -> Response:
    """The last lines of the log, the newest first, of a level and above where one is asked for."""
    least = read_arguments(request.args.items(multi=True), ASKED).get("level", LEVELS[0])
    shown = LEVELS[LEVELS.index(least) :]
    lines = tail(wiring().settings.instance_path, levels=shown)
    processes = sorted({line.process for line in lines})
    text = rendered(
        "web/log.html",
        lines=lines,
        processes=processes,
        here=this_process(),
        levels=LEVELS,
        least=least,
        kept=KEPT,
        log_level=wiring().settings.log_level,
    )
    return make_response(text)


@blueprint.after_request
def _keep_to_ourselves(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
