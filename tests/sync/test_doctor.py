"""`doctor` names what is wrong and what to do, and nothing when nothing is."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import update

from app.core.outcomes import Reason
from app.discogs.answers import Identity
from app.errors import DiscogsAuthenticationError, DiscogsConnectionError
from app.extensions import db, wiring
from app.models import MirrorState, ShopDocument
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop


def findings(app: Flask, *arguments: str) -> tuple[int, dict[str, dict[str, str]]]:
    done = app.test_cli_runner().invoke(args=["doctor", "--json", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, {each["about"]: each for each in json.loads(done.stdout)}


def test_a_sound_mirror_has_nothing_to_mend(app: Flask, mirror: Mirror) -> None:
    mirror.sync()
    code, found = findings(app)
    assert code == 0
    troubles = {name for name, each in found.items() if each["verdict"] != "ok"}
    assert troubles == {"server"}  # nobody serves in this test
    assert "knows example_seller" in found["Discogs"]["detail"]
    assert found["index"]["detail"] == "538 of 538 listings are in the index"


def test_it_reads_well_at_a_terminal(app: Flask, mirror: Mirror) -> None:
    mirror.sync()
    done = app.test_cli_runner().invoke(args=["doctor"])
    lines = done.stdout.splitlines()
    assert "ok       data: the data is 0 min old" in lines
    assert "         → ./start_server.sh" in lines
    assert "token-of-the-seller" not in done.output


def test_an_empty_mirror_is_told_how_to_begin(app: Flask, mirror: Mirror) -> None:
    code, found = findings(app, "--offline")
    assert code == 0
    assert found["data"]["advice"] == "flask --app run sync"
    assert "Discogs" not in found


def test_where_servers_only_serve_a_worker_is_missed(app: Flask, mirror: Mirror) -> None:
    wiring().settings = wiring().settings.replace(server_role="web")
    assert "SERVER_ROLE=worker" in findings(app, "--offline")[1]["server"]["advice"]


def test_a_running_server_is_seen(app: Flask, mirror: Mirror) -> None:
    lease = wiring().locks.try_hold("scheduler")
    assert lease is not None
    try:
        assert findings(app, "--offline")[1]["server"]["verdict"] == "ok"
    finally:
        lease.release()


@pytest.mark.parametrize(
    ("error", "verdict", "advised"),
    [
        (DiscogsAuthenticationError(Reason.AUTH_REVOKED), "problem", "make a new token"),
        (DiscogsConnectionError(Reason.NET_DNS), "warning", "look whether this machine reaches Discogs"),
    ],
)
def test_what_discogs_says(app: Flask, mirror: Mirror, error: Exception, verdict: str, advised: str) -> None:
    class Refusing(MemoryShop):
        def identity(self) -> Identity:
            raise error

    wiring().connect = Refusing().connect
    code, found = findings(app)
    assert code == (verdict == "problem")
    assert found["Discogs"]["verdict"] == verdict
    assert found["Discogs"]["advice"].startswith(advised)


def test_a_held_run_is_explained(app: Flask, mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    for number in sorted(mirror.live())[100:]:
        shop.remove(number)
    mirror.sync()
    found = findings(app)[1]
    assert "438 of 538 listings would vanish" in found["held run"]["detail"]
    assert found["held run"]["advice"] == "POST /api/sync/runs/2/confirm lets it happen"


def test_a_lacking_index_is_noticed(app: Flask, mirror: Mirror) -> None:
    mirror.sync()
    with db.engine.begin() as connection:
        connection.execute(ShopDocument.__table__.delete().where(ShopDocument.rank > 0))
    assert findings(app)[1]["index"]["advice"].startswith("flask --app run rebuild-index")


def test_another_schema_is_noticed(app: Flask, mirror: Mirror) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    try:
        code, found = findings(app, "--offline")
    finally:
        with db.engine.begin() as connection:
            head = newest()
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{head}'")
    assert code == 1
    assert found["schema"]["advice"] == "run `flask --app run db upgrade`"


def newest() -> str | None:
    from app.services.schema_version import newest_schema

    return newest_schema()


def test_secrets_that_others_may_read_are_a_problem(app: Flask, mirror: Mirror) -> None:
    path = wiring().settings.instance_path / "admin_token"
    path.write_text("secret")
    path.chmod(0o644)
    code, found = findings(app, "--offline")
    assert code == 1
    assert found["files"]["advice"] == f"chmod 600 {path}"


def test_a_version_of_the_shop_made_by_other_settings_is_noticed(app: Flask, mirror: Mirror) -> None:
    mirror.sync()
    with db.engine.begin() as connection:
        connection.execute(update(MirrorState).values(shop_digest="of other settings"))
    assert findings(app)[1]["index"]["verdict"] == "warning"
