"""What Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from tests.builders import MirrorBuilder

HOSTILE = 'x"} 1\nwaxmirror_listings 9'


def told(client: FlaskClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    families = text_string_to_metric_families(answer.text)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for each in families for one in each.samples}


def test_numbers_of_the_shop_and_its_syncs(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listings(3)
    mirror.listing(status="Draft")
    mirror.run(outcome="applied", requests=7)
    mirror.run(outcome="failed", reason="net.timeout", requests=2)
    found = told(client)
    [listings] = [value for (name, _), value in found.items() if name == "waxmirror_listings"]
    assert listings == 3
    syncs = {
        dict(labels)["outcome"]: value for (name, labels), value in found.items() if name == "waxmirror_syncs_total"
    }
    assert syncs == {"applied": 2, "failed": 1}  # one told of the listings
    assert found["waxmirror_database_up", ()] == 1
    assert found["waxmirror_discogs_requests_total", ()] == 9
    assert found["waxmirror_data_stale", ()] in {0, 1}


def test_an_empty_mirror(client: FlaskClient) -> None:
    found = told(client)
    assert found["waxmirror_database_up", ()] == 1
    assert found["waxmirror_changes_total", ()] == 0
    assert found["waxmirror_held_runs", ()] == 0


def test_a_database_that_is_away_is_told(client: FlaskClient, mirror: MirrorBuilder) -> None:
    with without_state(mirror.engine):
        found = told(client)
    assert found["waxmirror_database_up", ()] == 0
    assert not [name for name, _ in found if name == "waxmirror_listings"]


@contextmanager
def without_state(engine: Engine) -> Iterator[None]:
    """A database of which a table is missing."""
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE mirror_state RENAME TO elsewhere")
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO mirror_state")


def test_who_else_is_mirrored_is_nobodys_business(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.run(source_id=mirror.seller("a_guest", is_active=False))
    assert "a_guest" not in client.get("/metrics").text


def test_hostile_names_stay_labels(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(source_id=mirror.seller(HOSTILE))
    assert [value for (name, _), value in told(client).items() if name == "waxmirror_listings"] == [0, 1]
