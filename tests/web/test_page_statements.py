"""Every page asks what it must, and as much in a full mirror as in a small one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.enrichment import Field, State
from app.core.export_wishes import ExportKind
from app.extensions import wiring
from app.models import Source
from app.services.data_owners import owner_named
from app.services.jobs_service import JobsService
from tests.api.test_contract import fill_normally
from tests.api.test_statements import COSTS, forget
from tests.builders import SELLER, MirrorBuilder
from tests.doors.conftest import insider
from tests.enrichment_builder import EnrichmentBuilder
from tests.shelf_builder import ShelfBuilder
from tests.web.page_costs import NO_PAGES, PAGES
from tests.web.pages import get

__all__ = ["insider"]


@pytest.fixture(params=[1, 60])
def exports(app: Flask, mirror: MirrorBuilder, request: pytest.FixtureRequest) -> dict[str, str]:
    """The exports that wait, by kind, at a mirror that has as many rows of every kind."""
    fill_normally(mirror)
    with mirror.engine.begin() as connection:
        own = connection.scalars(select(Source.id).where(Source.kind == "collection")).one()
    mirror.run(source_id=own)
    fill(mirror, request.param)
    with app.app_context():
        wired = wiring()
        wired.settings = wired.settings.replace(discogs_collection_username=SELLER)
        return {kind.value: submitted(kind) for kind in (ExportKind.FOLDER, ExportKind.MARKETPLACE, ExportKind.IMPORT)}


def fill(mirror: MirrorBuilder, many: int) -> None:
    for number in range(min(many, 9)):  # half of the shops are shown
        seller = mirror.seller(f"seller {number}", is_active=number % 2 == 0)
        mirror.listings(2, source_id=seller)
    listings = mirror.listings(many, artist="Miles Davis", title="Milestones")
    for number in listings:
        mirror.change(number, "remove", public_kind="remove", fields={"removed_reason": [None, "sold"]})
        mirror.run()
    mirror.hold(mirror.run(outcome="held", reason="guard.shrink", removal_digest="digest", view="owner"), *listings)
    ShelfBuilder(mirror, owner="another").copies([{"release_id": 500 + number} for number in range(many)])
    known = EnrichmentBuilder(mirror)
    for number in range(many):
        known.release(500 + number, Field.SPOTIFY_URL, "spotify", None, state=State.FAILED, problem="503")


def submitted(kind: ExportKind) -> str:
    asked = {ExportKind.FOLDER: {"folder_id": 7}, ExportKind.IMPORT: {"folders": [7]}}.get(kind, {})
    owner = owner_named(None)
    return str(JobsService().submit(kind, {"account": owner.id, **asked}, owner=owner.key)["id"])


def test_every_page_asks_what_it_must(
    app: Flask, insider: FlaskClient, mirror: MirrorBuilder, exports: dict[str, str], counted: Callable[[], Any]
) -> None:
    surprises = []
    for path, costs in PAGES.items():
        address = path.format(folder=exports["folder-export"], marketplace=exports["marketplace-export"])
        wanted = [table for cost in costs if (table := getattr(cost, mirror.engine.dialect.name))]
        forget(app)
        with counted() as statements:
            answer = get(insider, address)
            answer.get_data()  # some answers ask while they are sent
        as_wanted = [table in statement for table, statement in zip_longest(wanted, statements, fillvalue="\0")]
        if not all(as_wanted) or answer.status_code >= 500:
            surprises.append("\n".join([f"{path} ({answer.status_code}) asks {as_wanted}", *statements]))
    assert not surprises, "\n\n".join(surprises)


def test_no_page_is_forgotten(app: Flask) -> None:
    """A new page has its statements counted, or is named with the reason why not."""
    urls = app.url_map.bind("localhost")
    charged = {urls.match(address.partition("?")[0].format(folder=1, marketplace=1))[0] for address in [*COSTS, *PAGES]}
    there_are = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert there_are == charged | NO_PAGES.keys()
    assert not charged & NO_PAGES.keys(), "counted after all"
