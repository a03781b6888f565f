"""A seller and a token, entered in a browser."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import Account
from config import Settings
from scripts.fake_discogs import FakeDiscogs
from tests.conftest import ADMIN
from tests.login.conftest import SAME_ORIGIN


@pytest.fixture
def form(fake: FakeDiscogs) -> dict[str, str]:
    return {"username": fake.world.seller.username, "token": fake.token, "admin_token": ADMIN}


def stored(app: Flask) -> list[str]:
    with app.app_context(), db.engine.connect() as connection:
        return list(connection.scalars(select(Account.sealed_token)))


def test_a_token_that_works_is_stored_sealed(
    app: Flask, client: FlaskClient, fake: FakeDiscogs, form: dict[str, str]
) -> None:
    assert 'action="/setup"' in client.get("/setup").get_data(as_text=True)
    answer = client.post("/setup", data=form, headers=SAME_ORIGIN)
    assert answer.status_code == 200
    assert f"{fake.world.seller.username} is mirrored from the next sync on" in answer.get_data(as_text=True)
    (sealed,) = stored(app)
    assert fake.token not in sealed
    assert fake.token not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"admin_token": "guessed"}, 401),
        ({"admin_token": ""}, 401),
        ({"token": "wrongwrongwrong"}, 400),
        ({"token": "two words"}, 400),
        ({"token": ""}, 400),
        ({"username": "somebody_else"}, 400),
        ({"username": "<script>\n"}, 400),
        ({"username": ""}, 400),
    ],
)
def test_anything_else_is_not(
    app: Flask, client: FlaskClient, form: dict[str, str], changed: dict[str, str], status: int
) -> None:
    answer = client.post("/setup", data=form | changed, headers=SAME_ORIGIN)
    assert answer.status_code == status
    assert stored(app) == []


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_nor_is_the_form_of_another_site(
    app: Flask, client: FlaskClient, form: dict[str, str], headers: dict[str, str]
) -> None:
    assert client.post("/setup", data=form, headers=headers).status_code == 403
    assert stored(app) == []


class TestDiscogsDown:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.replace(discogs_api_url="http://127.0.0.1:9", discogs_max_retries=0)

    def test_is_told(self, app: Flask, client: FlaskClient, form: dict[str, str]) -> None:
        answer = client.post("/setup", data=form, headers=SAME_ORIGIN)
        assert (answer.status_code, answer.get_json()["again"]) == (502, "/setup")
        assert stored(app) == []
