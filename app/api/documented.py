"""Routes are registered when an application is made, and described only when somebody reads the description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_smorest import Api, Blueprint


class UndescribedApi(Api):
    """Flask-smorest for one application, without its descriptions of every status that HTTP knows."""

    def _register_responses(self) -> None:
        """The document has the house's own (`house_answers`)."""


def register_undescribed(api: Api, blueprint: Blueprint) -> Callable[[], None]:
    """Add the blueprint's routes to the application of `api`; what is returned writes their description.

    Most processes and nearly every test never ask for it, and it takes longer than all the rest of the start.
    """
    app: Any = api._app
    spec: Any = api.spec
    app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = api
    app.register_blueprint(blueprint)

    def describe() -> None:
        blueprint.register_views_in_doc(api, app, spec, name=blueprint.name, parameters=None)
        spec.tag({"name": blueprint.name, "description": blueprint.description})

    return describe
