"""Whatever is asked, the answer is one that the document knows, in the form it promises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import missing_required_header, positive_data_acceptance

from app.core.fingerprint import digest_of_ids
from tests.api import hostile_mirror
from tests.builders import MirrorBuilder
from tests.core.test_releases import body as release_body

DETERMINISTIC = SchemathesisConfig.from_dict({"generation": {"deterministic": True}})
BOUNDED = settings(
    deadline=None, derandomize=True, max_examples=10, database=None, suppress_health_check=list(HealthCheck)
)
# By these a person logs in, in a browser. Without an application at Discogs, a login under way or a page of the shop
# that sent the form they refuse, with answers that are documented.
FOR_PEOPLE = {"/login", "/callback", "/logout", "/setup"}
NOT_OF_PROGRAMS = [not_a_server_error, positive_data_acceptance, missing_required_header]
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
    mirror.quarantine(held, place="page 1 row 2", listing_id=None, problem="no id", raw="{}")


KINDS = {"empty": leave_empty, "normal": fill_normally, "hostile": hostile_mirror.fill}


@pytest.fixture(params=list(KINDS))
def shop_kind(mirror: MirrorBuilder, request: pytest.FixtureRequest) -> str:
    """The kind of the mirror that was filled."""
    kind: str = request.param
    KINDS[kind](mirror)
    return kind


@pytest.fixture
def schema(app: Flask, shop_kind: str) -> BaseSchema:
    """What /openapi.json promises of this mirror."""
    return schemathesis.openapi.from_wsgi("/openapi.json", app, config=DETERMINISTIC)


def test_every_answer_is_as_documented(schema: BaseSchema, admin: dict[str, str]) -> None:
    def converse(case: schemathesis.Case) -> None:
        excluded = NOT_OF_PROGRAMS if case.operation.path in FOR_PEOPLE else []
        case.call_and_validate(headers=admin | NOT_PACKED, excluded_checks=excluded)

    failures = [told for operation in operations(schema) for told in failures_of(operation, converse)]
    assert not failures, "\n\n".join(failures)


def failures_of(operation: APIOperation, converse: object) -> list[str]:
    config = HypothesisTestConfig(
        project=operation.schema.config, modes=list(HypothesisTestMode), settings=BOUNDED, explicit_settings=BOUNDED
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
    ("GET /api/sync/runs/{run_id}", {"run_id": 1}, [200, 200, 200]),
    ("GET /api/sync/runs/{run_id}", {"run_id": 2}, [404, 200, 404]),
    ("POST /api/sync/runs/{run_id}/confirm", {"run_id": 1}, [409, 409, 409]),
    ("POST /api/sync/runs/{run_id}/confirm", {"run_id": 2}, [404, 200, 404]),
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
