"""The settings in force for the owner, with their origin. They are changed where they are set, not here."""

from __future__ import annotations

from flask import Blueprint, Response, make_response

from app.api.described import described
from app.extensions import wiring
from app.services.settings_in_force import SettingInForce, settings_in_force
from app.web.frame import rendered

blueprint = Blueprint("settings_page", __name__, url_prefix="/admin/settings")


@blueprint.get("")
@described(answers={401: "Not the admin"})
def settings() -> Response:
    """Every setting, its value and where it comes from; of a secret only whether it is set."""
    told = settings_in_force(wiring().settings)
    own, defaults = [one for one in told if not one.is_default], [one for one in told if one.is_default]
    notices = wiring().settings.notices
    return make_response(rendered("web/settings.html", parts=_parts(own, defaults), notices=notices))


def _parts(own: list[SettingInForce], defaults: list[SettingInForce]) -> list[tuple[str, str, list[SettingInForce]]]:
    parts = [("set-here", "Set here", own), ("defaults", "Defaults", defaults)]
    return [part for part in parts if part[2]]


@blueprint.after_request
def _keep_to_ourselves(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
