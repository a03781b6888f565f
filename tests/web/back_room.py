"""The owner of a shop in a browser, and the buttons of the back room."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.conftest import ADMIN
from tests.login.conftest import SAME_ORIGIN
from tests.web.pages import BROWSER


def let_in(client: FlaskClient) -> FlaskClient:
    """The browser, with the admin logged in."""
    assert client.post("/admin", data={"admin_token": ADMIN}, headers=SAME_ORIGIN).status_code == 303
    return client


def press(client: FlaskClient, address: str, **form: str) -> tuple[int, str]:
    """(status, where it leads) of a form of a page."""
    answer = client.post(address, data=form, headers=SAME_ORIGIN | BROWSER)
    return answer.status_code, answer.headers.get("Location", "")
