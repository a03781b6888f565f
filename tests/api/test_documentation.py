"""The document says what there is: every route, every answer, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.api.openapi import OpenApiDocument, methods_of
from app.core.notices import NOT_AFFILIATED, PROVIDED_BY
from config import Settings


@pytest.fixture
def app(sqlite_url: str, base_settings: Settings, make_app: Callable[[Settings], Flask], tmp_path: Path) -> Flask:
    """Documents do not depend on the kind of database."""
    return make_app(base_settings.replace(database_url=sqlite_url, instance_path=tmp_path))


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    """What /openapi.json says."""
    return OpenApiDocument.of(app).as_dict()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]


def test_every_route_and_method_is_documented_and_no_other(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in methods_of(rule)
    }
    assert {(path, method) for path, method, _ in operations(document)} == routes


def test_every_operation_says_what_it_is_for(document: dict[str, Any]) -> None:
    silent = [f"{method} {path}" for path, method, operation in operations(document) if not operation["summary"]]
    assert silent == [], "a documented route has a docstring"


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert sorted(set(names)) == sorted(names)


def test_every_error_is_a_problem_or_a_page(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and (path, status) != ("/health", "503"):
                assert "application/problem+json" in answer["content"], f"{method} {path} {status}"


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in set(re.findall(r"'\$ref': '([^']+)'", repr(document))):
        target: Any = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        assert target


def test_closed_routes_want_the_token_and_open_ones_do_not(document: dict[str, Any], client: FlaskClient) -> None:
    for path, method, operation in operations(document):
        from_here = {"Sec-Fetch-Site": "same-origin"}
        answer = client.open(re.sub(r"\{.*?\}", "1", path), method=method, headers=from_here)
        assert (answer.status_code == 401) == ("security" in operation), f"{method} {path}"


def test_programs_get_the_document_of_this_application(client: FlaskClient, document: dict[str, Any]) -> None:
    answer = client.get("/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json() == document
    assert document["info"]["description"].endswith(f"{PROVIDED_BY} {NOT_AFFILIATED}")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/openapi.json", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_people_find_every_operation_and_field_on_one_page(client: FlaskClient, document: dict[str, Any]) -> None:
    page = client.get("/docs")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    for path, _, operation in operations(document):
        assert f'id="{operation["operationId"]}"' in page.text
        assert path in page.text
    for name, schema in document["components"]["schemas"].items():
        assert f'id="schema-{name}"' in page.text
        assert all(f"<code>{field}</code>" in page.text for field in schema.get("properties", {}))


def test_the_page_has_no_scripts_and_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert not re.search(r"<script(?!( type=\"module\")? src=\"/)|<style| style=|<[^>]+ on[a-z]+=", page.text)
    assert not re.search(r"(src|href)=\"(?!/|#|https://www\.discogs\.com[\"/])", page.text)
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    for address in re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text):
        with client.get(address) as sheet:
            assert sheet.status_code == 200


def test_links_of_the_page_lead_to_its_parts(client: FlaskClient) -> None:
    page = client.get("/docs").text
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))
