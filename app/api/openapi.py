"""The OpenAPI document of every route: what the routes declare, completed by the rules of the house."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Flask
from werkzeug.routing import BaseConverter, Rule

from app.api.access import BY_SESSION, OWN, PAGES, PUBLIC, SAFE_METHODS, SHARED, SHELF_PAGES
from app.api.allowance import ALIVE
from app.api.described import description_of
from app.api.house_answers import ADMIN_SESSION, BEARER, OWN_SESSION, Facts, Operation, completed
from app.api.problems import ProblemSchema
from app.core.notices import NOT_AFFILIATED, PROVIDED_BY
from app.web.cookies import ADMIN, SESSION
from app.web.problem_pages import FOR_PROGRAMS

KEY = "waxmirror.openapi"
IMPLIED = frozenset({"HEAD", "OPTIONS"})  # every route that answers GET answers these too
ASK_NO_DATABASE = frozenset({"health.alive", "openapi.document", "assets.one", "former.detail", "former.filtered"})
VALIDATED = SHARED | PAGES | SHELF_PAGES
SENTENCES = f"""
Public routes answer everybody; closed ones want `Authorization: Bearer <admin token>`.
Every route that answers GET answers HEAD and OPTIONS too; another method is refused with 405 and `Allow`.
Errors are `application/problem+json` (RFC 9457). Parameters that are not documented are ignored; of a repeated one the
last counts; an empty one asks nothing. Numbers of money are exact decimal numbers. Unknown is null.
{PROVIDED_BY} {NOT_AFFILIATED}
"""


SCHEMES = {
    BEARER: {"type": "http", "scheme": "bearer", "description": "the admin token, as ADMIN_TOKEN sets it"},
    ADMIN_SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": ADMIN,
        "description": "a browser in which somebody showed the admin token at /admin",
    },
    OWN_SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION,
        "description": "a browser in which somebody logged in with Discogs: for what is theirs",
    },
}


class OpenApiDocument:
    """Makes the document once, when it is first asked for: only then are all routes known."""

    def __init__(
        self, app: Flask, spec: Any, flask_plugin: Any, descriptions: Iterable[Callable[[], None]] = ()
    ) -> None:
        self._app = app
        self._spec = spec
        self._flask_plugin = flask_plugin
        self._descriptions = list(descriptions)
        self._lock = threading.Lock()
        self._made: dict[str, Any] | None = None

    @classmethod
    def of(cls, app: Flask) -> OpenApiDocument:
        """The document of an application."""
        document: OpenApiDocument = app.extensions[KEY]
        return document

    def as_dict(self) -> dict[str, Any]:
        """The whole document."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> dict[str, Any]:
        for describe in self._descriptions:
            describe()
        if "Problem" not in self._spec.components.schemas:
            self._spec.components.schema("Problem", schema=ProblemSchema)
        document: dict[str, Any] = self._spec.to_dict()
        paths: dict[str, Any] = {}
        for rule in _rules(self._app):
            path = self._flask_plugin.flaskpath2openapi(rule.rule)
            declared = document["paths"].get(path, {})
            item = paths.setdefault(path, {})
            if parameters := declared.get("parameters") or self._path_parameters(rule):
                item["parameters"] = parameters
            for method in methods_of(rule):
                operation = declared.get(method.lower()) or self._of_plain_route(rule)
                item[method.lower()] = completed(_named(operation, rule, method), self._facts(rule, method, operation))
        return {**document, **self._head(document, paths), "paths": paths}

    def _head(self, document: dict[str, Any], paths: dict[str, Any]) -> dict[str, Any]:
        known = {tag["name"]: tag for tag in document.get("tags", [])}
        used = dict.fromkeys(
            tag
            for item in paths.values()
            for operation in item.values()
            if isinstance(operation, dict)
            for tag in operation["tags"]
        )
        components = {name: part for name, part in document["components"].items() if name != "responses"}
        return {
            "info": {**document["info"], "description": " ".join(SENTENCES.split()), "license": {"name": "MIT"}},
            "tags": [known.get(name, {"name": name}) for name in used],
            "components": {**components, "securitySchemes": SCHEMES},
        }

    def _path_parameters(self, rule: Rule) -> list[dict[str, Any]]:
        schema_by_kind = self._flask_plugin.converter_mapping
        return [
            {"in": "path", "name": name, "required": True, "schema": _schema_of(converter, schema_by_kind)}
            for name, converter in rule._converters.items()
        ]

    def _of_plain_route(self, rule: Rule) -> Operation:
        view = self._app.view_functions[rule.endpoint]
        description = description_of(view)
        success = {
            "description": "OK",
            "content": {
                media_type: {"schema": dict(schema)}
                for media_type, schema in {description.media_type: description.schema, **description.others}.items()
            },
            **({"headers": dict(description.headers)} if description.headers else {}),
        }
        return {
            "summary": _summary(view.__doc__),
            "tags": [rule.endpoint.partition(".")[0]],
            **({"parameters": [dict(each) for each in description.parameters]} if description.parameters else {}),
            "responses": {
                str(description.status): success,
                **{str(status): {"description": meaning} for status, meaning in description.answers.items()},
            },
        }

    def _facts(self, rule: Rule, method: str, operation: Operation) -> Facts:
        is_reading = method in SAFE_METHODS
        return Facts(
            is_open=rule.endpoint in PUBLIC and is_reading,
            has_validator=rule.endpoint in VALIDATED and is_reading and "200" in operation["responses"],
            has_path_parameters=bool(rule.arguments),
            asks_database=rule.endpoint not in ASK_NO_DATABASE,
            has_pages=not rule.rule.startswith(FOR_PROGRAMS),
            is_changing=not is_reading,
            is_counted=rule.rule not in ALIVE,
            opened_by=_keys_of(rule.endpoint),
        )


def _keys_of(endpoint: str) -> tuple[str, ...]:
    if endpoint in BY_SESSION:
        return (OWN_SESSION,)
    return (BEARER, ADMIN_SESSION, OWN_SESSION) if endpoint in OWN else (BEARER, ADMIN_SESSION)


def methods_of(rule: Rule) -> list[str]:
    """The methods that need words of their own."""
    return sorted(set(rule.methods or ()) - IMPLIED)


def _rules(app: Flask) -> Iterator[Rule]:
    """In the order of registration."""
    yield from (rule for rule in app.url_map.iter_rules() if methods_of(rule))


def _schema_of(converter: BaseConverter, schema_by_kind: dict[type, Any]) -> dict[str, Any]:
    make = next(schema_by_kind[kind] for kind in type(converter).__mro__ if kind in schema_by_kind)
    schema: dict[str, Any] = make(converter)
    return schema


def _named(operation: Operation, rule: Rule, method: str) -> Operation:
    name = re.sub(r"\W", "_", rule.endpoint)
    return {"operationId": name if method == "GET" else f"{name}_{method.lower()}", **operation}


def _summary(docstring: str | None) -> str:
    return " ".join((docstring or "").strip().partition("\n\n")[0].split())
