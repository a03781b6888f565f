"""The settings in force, with their origin, and without a character of a secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

import config
from app.ops.generated_secrets import complete
from app.services.settings_in_force import SettingInForce, settings_in_force
from config import Settings, load, load_dotenv_file
from tests.builders import MirrorBuilder
from tests.conftest import ADMIN
from tests.web.back_room import let_in
from tests.web.pages import get

TOKEN = "CANARYtokenOfTheSeller0123456789"


def told(settings: Settings) -> dict[str, SettingInForce]:
    return {one.name: one for one in settings_in_force(settings)}


def test_each_setting_tells_where_it_comes_from(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    environ = {
        "PORT": "5001",
        "DISCOGS_TOKEN_FILE": str(tmp_path / "token"),
        "CONSUMER_KEY": "CANARYconsumer",
        "DISCOGS_SELLER_USERNAME": "shop",
        "WAXMIRROR_INSTANCE": str(tmp_path),
    }
    found = told(complete(load(environ)))
    assert (found["PORT"].value, found["PORT"].origin) == ("5001", "environment")
    assert (found["DISCOGS_TOKEN"].value, found["DISCOGS_TOKEN"].origin) == ("set", "environment, DISCOGS_TOKEN_FILE")
    assert found["DISCOGS_CONSUMER_KEY"].origin == "environment, CONSUMER_KEY"
    assert (found["DISCOGS_COLLECTION_USERNAME"].value, found["DISCOGS_COLLECTION_USERNAME"].origin) == (
        "shop",
        "DISCOGS_SELLER_USERNAME",
    )
    assert (found["ADMIN_TOKEN"].value, found["ADMIN_TOKEN"].origin) == (
        "set",
        f"generated, kept in {tmp_path / 'admin_token'}",
    )
    assert (found["HOST"].value, found["HOST"].origin) == ("127.0.0.1", "default")
    assert (found["AI_API_KEY"].value, found["AI_API_KEY"].origin) == ("not set", "default")
    assert (found["DATABASE_URL"].value, found["DATABASE_URL"].origin) == ("set", "default")
    assert found["WAXMIRROR_INSTANCE"].origin == "environment"
    assert found["ENABLE_AUTO_SYNC"].value == "true"
    assert set(found) == set(config.variables())
    assert "CANARY" not in repr(found)


def test_what_a_dotenv_file_told_is_said_to_come_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "AI_TONE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(config, "_from_dotenv", set())
    monkeypatch.setenv("SYNC_INTERVAL_HOURS", "2")
    monkeypatch.setenv("WAXMIRROR_INSTANCE", str(tmp_path))
    (tmp_path / ".env").write_text("PORT=5002\nSYNC_INTERVAL_HOURS=3\nAI_TONE=dry\n")
    before = dict(config.os.environ)
    try:
        for _ in range(2):  # a process may read it twice
            load_dotenv_file(tmp_path / ".env")
        found = told(load())
    finally:
        config.os.environ.clear()
        config.os.environ.update(before)
    assert (found["PORT"].value, found["PORT"].origin) == ("5002", ".env")
    assert (found["SYNC_INTERVAL_HOURS"].value, found["SYNC_INTERVAL_HOURS"].origin) == ("2", "environment")


def test_the_page_shows_them_and_no_secret(client: FlaskClient, mirror: MirrorBuilder, settings: Settings) -> None:
    text = get(let_in(client), "/admin/settings").text
    for name in config.variables():
        assert f"<code>{name}</code>" in text, name
    for secret in (ADMIN, settings.secret_key.reveal(), *settings.fernet_keys()):  # type: ignore[union-attr]
        assert secret not in text
    assert settings.database_url not in text
