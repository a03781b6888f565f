"""Whatever is asked, the answer is one that the document knows, in the form it promises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as bounds
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    missing_required_header,
    negative_data_rejection,
    positive_data_acceptance,
)

from app.core.fingerprint import digest_of_ids
from config import Settings
from tests.api import hostile_mirror
from tests.builders import MirrorBuilder
from tests.core.test_releases import body as release_body
from tests.shelf_builder import ShelfBuilder

DETERMINISTIC = SchemathesisConfig.from_dict({"generation": {"deterministic": True}})
# Strangers ask the shop; everything else has fewer parameters and needs a key.
OF_THE_SHOP = (
    "/api/data",
    "/api/search",
    "/api/facets",
    "/api/stats",
    "/api/changes",
    "/export/listings.csv",
    "/listing",
)
EXAMPLES, EXAMPLES_OF_THE_SHOP = 3, 15
# Some twenty seconds each. The faces are the same on both databases, which are asked what is known below side by side.
ASKED_AT_LARGE = [("sqlite", "empty"), ("sqlite", "normal"), ("sqlite", "hostile")]
# By these a person logs in, in a browser. Without an application at Discogs, a login under way or a page of the shop
# that sent the form they refuse, with answers that are documented.
FOR_PEOPLE = {"/callback", "/logout", "/setup", "/admin", "/admin/leave", "/sync/start", "/sync/cancel"}
FOR_PEOPLE |= {f"/admin/enrichment/{button}" for button in ("start", "cancel", "item")}
FOR_PEOPLE |= {"/admin/accounts/erase", "/admin/accounts/forget", "/admin/accounts/show"}
FOR_PEOPLE |= {f"/admin/jobs/{{job_id}}/{button}" for button in ("cancel", "retry")}
FOR_PEOPLE |= {f"/sync/runs/{{run_id}}/{button}" for button in ("confirm", "dismiss", "undo")}
NOT_OF_PROGRAMS = [positive_data_acceptance, missing_required_header]
EXCLUDED = {
    "/login": [*NOT_OF_PROGRAMS, not_a_server_error],  # Discogs is not there: 502, as documented
    "/api/discogs/search": [not_a_server_error],  # nobody is there: 502, as documented
    "/health": [not_a_server_error],  # the data is late: 503, as documented
    # What a job may be asked depends on its kind, and which folders there are on the mirror: no schema can say that.
    "/api/jobs": [positive_data_acceptance],
    # Which texts and addresses may be shown, no schema can say.
    "/api/v1/enrichments/{kind}/{key}/{field}": [positive_data_acceptance],
    # A parameter without a value asks nothing, whatever its type.
    "/api/v1/collection/artists": [negative_data_rejection],
    "/api/v1/collection/facets": [negative_data_rejection],
    # Where unknown parameters are all that may be wrong with a question, nothing is.
    "/api/v1/services/discogs/sync/progress": [negative_data_rejection],
    "/admin/jobs": [negative_data_rejection],
    "/admin/log": [negative_data_rejection],
    "/folders": [negative_data_rejection],
    "/marketplace": [negative_data_rejection],
    "/import_cache": [negative_data_rejection],
    "/batch/list": [negative_data_rejection],
}
ALBUM, ALBUM_THAT_LEFT = 2_176_900_001, 2_176_900_002
NOT_PACKED = {"Accept-Encoding": "identity"}  # the client without a network takes nothing apart


def leave_empty(mirror: MirrorBuilder) -> None:
    """Nothing was synced yet."""


def fill_normally(mirror: MirrorBuilder) -> None:
    """Listings for sale and one gone, a change of each kind, a held run, an item that could not be read."""
    live = mirror.listing(artist="Miles Davis", title="Kind Of Blue", label="Columbia", format="LP, Album", year=1959)
    gone = mirror.listing(artist="Nina Simone", title="Pastel Blues", removed="sold")
    mirror.listings(3, artist="Various", release_id=11, price_minor=None, price_currency=None)
    mirror.release(11, genres="Jazz, Folk, World, & Country", styles="Modal", country="US", barcode="1", master_id=2)
    mirror.body(501, release_body())
    for kind in ("add", "update", "restore"):
        mirror.change(live, kind, public_kind=kind, fields={"price_minor": [100, 200], "title": ["a", None]})
    mirror.change(gone, "remove", public_kind="remove")
    held = mirror.run(outcome="held", reason="shrunk", removal_digest=digest_of_ids([live]), view="owner")
    mirror.hold(held, live)
    fill_shelf(mirror)
    mirror.quarantine(held, place="page 1 row 2", item_id=None, problem="no id", raw="{}")


def fill_shelf(mirror: MirrorBuilder) -> None:
    """A copy that is there, of a release that is for sale, and one that left."""
    shelf = ShelfBuilder(mirror)
    shelf.copy(instance_id=ALBUM, release_id=501, notes={3: "gift"}, rating=4, genres="Jazz", added_at=None)
    shelf.copy(instance_id=ALBUM_THAT_LEFT, removed=True)
    ShelfBuilder(mirror, kind="wantlist").want(3)


KINDS = {"empty": leave_empty, "normal": fill_normally, "hostile": hostile_mirror.fill}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Nobody is asked twice: there is no network, and waiting for it takes most of the time."""
    return settings.replace(discogs_max_retries=0)


@pytest.fixture(params=list(KINDS))
def shop_kind(mirror: MirrorBuilder, request: pytest.FixtureRequest) -> str:
    """The kind of the mirror that was filled."""
    kind: str = request.param
    KINDS[kind](mirror)
    return kind


@pytest.fixture(autouse=True)
def endless_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each route is tried with a wrong token, too: ten would be enough for hours."""
    for counting in ("guesses", "bearer_guesses"):
        monkeypatch.setattr(f"app.services.{counting}.MOST", 1_000_000)


@pytest.fixture
def schema(app: Flask, shop_kind: str) -> BaseSchema:
    """What /openapi.json promises of this mirror."""
    return schemathesis.openapi.from_wsgi("/openapi.json", app, config=DETERMINISTIC)


@pytest.mark.parametrize(("database_url", "shop_kind"), ASKED_AT_LARGE, indirect=True)
def test_every_answer_is_as_documented(schema: BaseSchema, admin: dict[str, str]) -> None:
    def converse(case: schemathesis.Case) -> None:
        path = case.operation.path
        excluded = EXCLUDED.get(path, NOT_OF_PROGRAMS if path in FOR_PEOPLE else [])
        lenient = [negative_data_rejection] if holds_numbers_as_text(case) else []
        case.call_and_validate(headers=admin | NOT_PACKED, excluded_checks=[*excluded, *lenient])

    failures = [told for operation in operations(schema) for told in failures_of(operation, converse)]
    assert not failures, "\n\n".join(failures)


def holds_numbers_as_text(case: schemathesis.Case) -> bool:
    """Whether a text of digits was made up where a number belongs: in an address the two are the same.

    Which texts are made up depends on those that stand anywhere in the program.
    """
    texts = (value.strip() for value in (case.query or {}).values() if isinstance(value, str))
    return any(text.isascii() and text.isdigit() for text in texts)


def failures_of(operation: APIOperation, converse: object) -> list[str]:
    bounded = bounds(
        deadline=None,
        derandomize=True,
        max_examples=EXAMPLES_OF_THE_SHOP if operation.path.startswith(OF_THE_SHOP) else EXAMPLES,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    config = HypothesisTestConfig(
        project=operation.schema.config, modes=list(HypothesisTestMode), settings=bounded, explicit_settings=bounded
    )
    try:
        create_test(operation=operation, test_func=converse, config=config)()
    except BaseExceptionGroup as group:
        return [f"{operation.label}: {each}" for each in group.exceptions]
    except Exception as error:
        return [f"{operation.label}: {error}"]
    return []


# What no chance would hit upon, with the answers of an empty, a normal and a hostile mirror.
KNOWN = [
    ("GET /api/data/{listing_id}", {"listing_id": "1000001"}, [404, 200, 404]),
    ("GET /api/data/{listing_id}", {"listing_id": "1000002"}, [404, 410, 404]),
    ("GET /api/data/{listing_id}", {"listing_id": "7000001"}, [404, 404, 200]),
    ("GET /api/data/{listing_id}/history", {"listing_id": "1000001"}, [404, 200, 404]),
    ("GET /api/data/{listing_id}/history", {"listing_id": "1000002"}, [404, 200, 404]),
    ("GET /api/data/{listing_id}/release", {"listing_id": "1000001"}, [404, 200, 404]),
    ("GET /api/data/{listing_id}/release", {"listing_id": "1000002"}, [404, 410, 404]),
    ("GET /api/data/{listing_id}/release", {"listing_id": "1000003"}, [404, 404, 404]),
    ("GET /api/data/{listing_id}/release", {"listing_id": "7000001"}, [404, 404, 200]),
    ("GET /listing/{listing_id}", {"listing_id": "1000001"}, [404, 200, 404]),
    ("GET /listing/{listing_id}", {"listing_id": "1000002"}, [404, 410, 404]),
    ("GET /listing/{listing_id}", {"listing_id": "7000001"}, [404, 404, 200]),
    ("GET /api/v1/collection/albums/{album_id}", {"album_id": str(ALBUM)}, [404, 200, 404]),
    ("GET /api/v1/collection/albums/{album_id}", {"album_id": str(ALBUM_THAT_LEFT)}, [404, 200, 404]),
    ("GET /api/sync/runs/{run_id}", {"run_id": 1}, [200, 200, 200]),
    ("GET /api/sync/runs/{run_id}", {"run_id": 2}, [404, 200, 404]),
    ("POST /api/sync/runs/{run_id}/confirm", {"run_id": 1}, [409, 409, 409]),
    ("POST /api/sync/runs/{run_id}/confirm", {"run_id": 2}, [404, 200, 404]),
    ("POST /api/sync/runs/{run_id}/dismiss", {"run_id": 1}, [409, 409, 409]),
    ("POST /api/sync/runs/{run_id}/undo", {"run_id": 1}, [409, 409, 409]),
    ("POST /api/sync/runs/{run_id}/undo", {"run_id": 3}, [404, 200, 404]),  # of what the confirmation removed
]


def test_known_things_are_answered_as_documented(schema: BaseSchema, shop_kind: str, admin: dict[str, str]) -> None:
    by_label = {operation.label: operation for operation in operations(schema)}
    for label, known, statuses in KNOWN:
        case = by_label[label].Case(path_parameters=known, headers=admin | NOT_PACKED)
        response = case.call_and_validate()
        assert response.status_code == statuses[list(KINDS).index(shop_kind)], f"{label} {known}"


def test_what_is_known_already_is_told_in_one_word(schema: BaseSchema) -> None:
    validated = [
        each for each in operations(schema) if "304" in each.definition.raw["responses"] and not each.path_parameters
    ]
    assert len(validated) > 10
    for operation in validated:
        tag = operation.Case(headers=NOT_PACKED).call_and_validate().headers["etag"][0]
        again = operation.Case(headers={**NOT_PACKED, "If-None-Match": tag}).call_and_validate()
        assert (again.status_code, again.content) == (304, b""), operation.label


def operations(schema: BaseSchema) -> Iterator[APIOperation]:
    for result in schema.get_all_operations():
        yield result.ok()
