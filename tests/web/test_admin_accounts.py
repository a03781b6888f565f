"""The page of accounts: who is mirrored, why, how the credential stands, and nothing of what it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.core.fingerprint import digest_of_rows
from app.extensions import KEY
from app.models import Account, Source
from config import Secret, Settings
from tests.builders import DAY, SELLER, MirrorBuilder
from tests.shelf_builder import ShelfBuilder
from tests.web.back_room import let_in, press
from tests.web.pages import get

HERE = "/admin/accounts"
TOKEN = "CANARYtokenOfAnotherSeller"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(discogs_seller_username=SELLER, discogs_token=Secret("CANARYtokenOfTheSeller"))


@pytest.fixture
def owner(client: FlaskClient, mirror: MirrorBuilder) -> FlaskClient:
    return let_in(client)


def seal(app: Flask, mirror: MirrorBuilder, source_id: int, credential: str) -> None:
    sealed = app.extensions[KEY].sealer.seal(credential)
    account = select(Source.account_id).where(Source.id == source_id).scalar_subquery()
    with mirror.engine.begin() as connection:
        connection.execute(update(Account).where(Account.id == account).values(sealed_token=sealed))


def test_it_tells_who_is_mirrored_and_why(app: Flask, owner: FlaskClient, mirror: MirrorBuilder) -> None:
    ShelfBuilder(mirror, is_public=False)
    with mirror.engine.begin() as connection:
        connection.execute(update(Account).values(sealed_token=None))
    seal(app, mirror, mirror.seller("another", is_active=False), TOKEN)
    text = get(owner, HERE).text
    for told in ("named by DISCOGS_SELLER_USERNAME", "DISCOGS_TOKEN", "entered with a personal token", "not shown"):
        assert told in text, told
    assert "private at Discogs" in text
    assert "accepted" in text
    assert "CANARY" not in text


def test_a_refused_credential_is_told_with_its_time(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    refused = {"outcome": "failed", "reason": "auth.revoked", "data_digest": None, "is_complete": False}
    for hours in (1, 2):
        mirror.run(**refused, finished_at=DAY + timedelta(hours=hours))
    with mirror.engine.begin() as connection:
        connection.execute(update(Source).values(paused_reason="auth.revoked", paused_credential="x"))
    text = get(owner, HERE).text
    assert "(auth.revoked) since" in text
    assert "1 March 2026, 09:00 UTC" in text


def test_one_that_cannot_be_opened_is_told(app: Flask, owner: FlaskClient, mirror: MirrorBuilder) -> None:
    with mirror.engine.begin() as connection:
        connection.execute(update(Account).values(sealed_token="damaged"))
    assert "Stored, and cannot be used" in get(owner, HERE).text


def test_a_credential_is_forgotten_and_what_was_mirrored_stays(
    app: Flask, owner: FlaskClient, mirror: MirrorBuilder
) -> None:
    source = mirror.seller("another")
    number = mirror.listing(source_id=source)
    seal(app, mirror, source, TOKEN)
    assert "entered with a personal token" in get(owner, HERE).text
    assert press(app.test_client(), f"{HERE}/forget", username="another")[0] == 401
    assert press(owner, f"{HERE}/forget", username="another") == (303, HERE)
    assert "entered with a personal token" not in get(owner, HERE).text
    assert owner.get(f"/api/data/{number}").status_code == 200
    assert press(owner, f"{HERE}/forget", username="nobody")[0] == 404


@pytest.mark.parametrize("button", ["forget", "erase"])
def test_a_name_that_no_database_takes_is_nobodys(owner: FlaskClient, mirror: MirrorBuilder, button: str) -> None:
    assert press(owner, f"{HERE}/{button}", username="a\0b")[0] == 404


def test_an_account_is_erased(app: Flask, owner: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.seller("another", is_active=False)
    assert get(owner, HERE).text.count("/erase") == 1, "not of the shop that the settings name"
    assert press(app.test_client(), f"{HERE}/erase", username="another")[0] == 401
    assert press(owner, f"{HERE}/erase", username="another") == (303, HERE)
    assert "another" not in get(owner, HERE).text
    assert press(owner, f"{HERE}/erase", username="another")[0] == 404
    assert press(owner, f"{HERE}/erase", username=SELLER)[0] == 409


def test_it_costs_the_same_however_many_there_are(
    owner: FlaskClient, mirror: MirrorBuilder, counted: Callable[[], Any]
) -> None:
    get(owner, HERE)
    costs = []
    for turn in range(2):
        with counted() as statements:
            assert get(owner, HERE).status_code == 200
        costs.append(len(statements))
        for number in range(5):
            mirror.seller(f"seller-{turn}-{number}", is_active=False)
    assert costs[0] == costs[1], "\n".join(statements)


def test_a_shop_is_hidden_and_shown_again(app: Flask, owner: FlaskClient, mirror: MirrorBuilder) -> None:
    source = mirror.seller("another")
    mirror.run(source_id=source, data_digest=digest_of_rows([]))
    number = mirror.listing(source_id=source)
    assert owner.get(f"/api/data/{number}").status_code == 200
    newest = owner.get("/api/changes").get_json()["next"]
    assert press(owner, f"{HERE}/show", source=str(source), is_shown="0") == (303, HERE)
    assert owner.get(f"/api/data/{number}").status_code in {404, 410}
    assert "not shown" in get(owner, HERE).text
    changes = owner.get(f"/api/changes?since={newest}").get_json()
    assert [(one["kind"], one["listing_id"]) for one in changes["changes"]] == [("remove", str(number))]
    assert press(owner, f"{HERE}/show", source=str(source), is_shown="1") == (303, HERE)
    assert owner.get(f"/api/data/{number}").status_code == 200
    changes = owner.get(f"/api/changes?since={changes['next']}").get_json()["changes"]
    assert [(one["kind"], one["listing_id"]) for one in changes] == [("add", str(number))]


def test_what_cannot_be_hidden(app: Flask, owner: FlaskClient, mirror: MirrorBuilder) -> None:
    own = str(mirror.source_id)
    assert press(owner, f"{HERE}/show", source=own, is_shown="0")[0] == 409, "the settings name it"
    assert press(owner, f"{HERE}/show", source=own, is_shown="1") == (303, HERE), "it is so already"
    for source, wish, status in (("999", "0", 404), ("x", "0", 400), (own, "2", 400)):
        assert press(owner, f"{HERE}/show", source=source, is_shown=wish)[0] == status
    other = str(mirror.seller("another"))
    mirror.run(source_id=int(other), state="running", outcome=None, finished_at=None, data_digest=None)
    lock = app.extensions[KEY].locks.try_hold("mirror")
    assert press(owner, f"{HERE}/show", source=other, is_shown="0")[0] == 409, "a sync is at work"
    lock.release()
    assert press(app.test_client(), f"{HERE}/show", source=other, is_shown="0")[0] == 401
    answer = owner.post(f"{HERE}/show", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
