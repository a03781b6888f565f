"""How often a page of exports asks the database, and why. It does not grow with what there is to export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.export_wishes import ExportKind
from app.extensions import wiring
from app.services.data_owners import owner_named
from app.services.jobs_service import JobsService
from tests.builders import SELLER, MirrorBuilder
from tests.shelf_builder import ShelfBuilder
from tests.web.pages import BROWSER

FRAME = ["the shop and its state", "its newest sync", "its newest sync that saw everything", "what strangers may see"]
PAGE = ["whose data", *FRAME]
SOURCE = ["the source", "whether it ever came to anything"]
FOLDERS = [*SOURCE, "their copies", "their names"]
EXPORT = ["the export"]

COSTS = {
    "/folders": [*FOLDERS, "the latest exports"],
    "/export/7": FOLDERS,
    "/marketplace": [*SOURCE, "how many listings"],
    "/import_cache": [*FOLDERS, "how many releases are kept", "of how many", "the latest exports"],
    "/batch/list": ["the exports"],
    "/progress/{}": EXPORT,
}


@pytest.fixture
def export_id(app: Flask, mirror: MirrorBuilder) -> str:
    """An export that waits, of a collection and a shop that were mirrored."""
    with app.app_context():
        shelf = ShelfBuilder(mirror)
        mirror.run(source_id=shelf.source_id)
        mirror.run()
        shelf.copies([{"folder_id": 7}] * 30)
        mirror.listings(30)
        wired = wiring()
        wired.settings = wired.settings.replace(discogs_collection_username=SELLER)
        mine = {"folder_id": 7, "account": owner_named(None).id}
        return str(JobsService().submit(ExportKind.FOLDER, mine, owner=owner_named(None).key)["id"])


@pytest.mark.parametrize("path", COSTS)
def test_a_page_asks_what_it_must(
    client: FlaskClient, export_id: str, counted: Callable[[], Any], admin: dict[str, str], path: str
) -> None:
    with counted() as statements:
        assert client.get(path.format(export_id), headers=admin | BROWSER).status_code == 200
    assert len(statements) == len(PAGE + COSTS[path]), "\n".join(statements)


@pytest.mark.parametrize("path", ["/batch/status/{}", "/progress/{}"])
def test_how_far_an_export_is_costs_two(
    client: FlaskClient, export_id: str, counted: Callable[[], Any], admin: dict[str, str], path: str
) -> None:
    with counted() as statements:
        answer = client.get(path.format(export_id), headers=admin | {"Accept": "application/json"})
    assert answer.json["status"] == "queued"
    assert len(statements) == len(["whose data", *EXPORT]), "\n".join(statements)
