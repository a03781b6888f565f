"""Secrets and private words, sought in everything that leaves the house or stays lying about in it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient

from app.api.access import PUBLIC
from config import Secret, Settings
from scripts.fake_discogs import FakeDiscogs
from tests.builders import MirrorBuilder
from tests.doors.conftest import SAFE, ways_into
from tests.jobs.waiting import until
from tests.shelf_builder import ShelfBuilder
from tests.system.conftest import discogs, environment, launcher
from tests.system.servers import Launcher, Mirror
from tests.web.pages import BROWSER

__all__ = ["discogs", "environment", "launcher"]
PRIVATE = {
    "location": "canary-on-shelf-7",
    "external_id": "canary-external-4711",
}
NOTES, FOLDER, FIELD = "canary-note-of-a-copy", "canary-folder", "canary-field-name"
SEALING = Fernet.generate_key().decode()
SECRETS = {
    "discogs_consumer_key": "canaryconsumerkey0001",
    "discogs_consumer_secret": "canaryconsumersecret0002",
    "admin_token": "canary-admin-token-0003",
    "secret_key": "canary-secret-key-0004",
    "spotify_client_secret": "canaryspotifysecret0005",
    "ai_api_key": "canary-ai-key-0006",
    "webhook_secret": "canary-webhook-secret-0007",
    "token_keys": SEALING,
}


def spellings(secret: str) -> set[bytes]:
    """As it is, in an address, in base64 and backwards into a repr."""
    plain = secret.encode()
    return {plain, quote(secret, safe="").encode(), base64.b64encode(plain).rstrip(b"="), plain.hex().encode()}


def found_in(content: bytes, canaries: Iterable[str]) -> list[str]:
    return [each for each in canaries if any(spelt in content for spelt in spellings(each))]


def files_below(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class TestStrangers:
    """Everything that may be asked without a login, of a mirror full of what is private."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.replace(
            discogs_token=Secret("canarydiscogstoken0000"),
            spotify_client_id="somebody",
            ai_api_url="http://127.0.0.1:1",
            ai_model="m",
            **{name: Secret(text) for name, text in SECRETS.items()},
        )

    @pytest.fixture
    def addresses(self, app: Flask, mirror: MirrorBuilder) -> list[str]:
        number = mirror.listing(**PRIVATE, release_id=501)
        gone = mirror.listing(**PRIVATE, removed="sold")
        mirror.change(number, "update", public_kind=None, fields={"location": ["x", PRIVATE["location"]]})
        held = mirror.run(outcome="held", reason="shrunk")
        mirror.hold(held, number)
        mirror.quarantine(held, place="page 1 row 2", item_id=None, problem="no id", raw=str(PRIVATE))
        shelf = ShelfBuilder(mirror)
        shelf.folders({9: FOLDER})
        shelf.fields({9: FIELD})
        copy = shelf.copy(notes={3: NOTES, 9: NOTES}, folder_id=9, release_id=501)
        found = {way.path for way in ways_into(app) if way.method in SAFE}
        filled = [re.sub(r"(?<=/)1(?=/|$)", text, path) for path in found for text in (str(number), str(gone), copy)]
        asked = ["/?q=canary", "/api/search?q=canary", f"/api/search?q={PRIVATE['location']}", "/api/data?private=1"]
        asked += [f"/api/v1/collection/albums?q={NOTES}", f"/collection?q={NOTES}", "/export/listings.csv?private=1"]
        asked += ["/export/listings.csv?profile=listings", "/export/collection.csv?profile=website", "/nowhere?canary"]
        return sorted({*found, *filled, *asked})

    @pytest.mark.parametrize(
        "headers", [{}, BROWSER, {"Authorization": "Bearer guess"}], ids=["program", "browser", "guess"]
    )
    def test_nothing_that_is_ours_alone_is_told(
        self, client: FlaskClient, addresses: list[str], headers: dict[str, str], caplog: pytest.LogCaptureFixture
    ) -> None:
        canaries = {*SECRETS.values(), "canarydiscogstoken0000", *PRIVATE.values(), NOTES, FOLDER, FIELD}
        assert len(addresses) > 60
        for address in addresses:
            for method in ("GET", "OPTIONS"):
                answer = client.open(address, method=method, headers=headers)
                said = str(answer.headers).encode() + answer.get_data()
                asked_for = {each for each in canaries if each in address}  # pages repeat the question
                assert set(found_in(said, canaries)) <= asked_for, address
        assert not found_in(caplog.text.encode(), SECRETS.values())

    def test_the_owner_is_told_which_proves_the_search(self, client: FlaskClient, addresses: list[str]) -> None:
        told = {"Authorization": f"Bearer {SECRETS['admin_token']}"}
        said = b"".join(client.get(address, headers=told).get_data() for address in addresses if "export" in address)
        assert {*PRIVATE.values(), NOTES, FOLDER} <= set(found_in(said, [*PRIVATE.values(), NOTES, FOLDER]))
        assert "listings.all_listings" in PUBLIC

    def test_failures_tell_nothing(
        self,
        app: Flask,
        client: FlaskClient,
        addresses: list[str],
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise RuntimeError(f"token={SECRETS['admin_token']} {SECRETS['ai_api_key']}")

        app.config["PROPAGATE_EXCEPTIONS"] = False
        for place in ("app.web.pages.shop_text", "app.services.shop_statistics.ShopStatistics.__init__"):
            monkeypatch.setattr(place, fail, raising=False)
        for address in addresses:
            said = client.get(address).get_data()
            assert not found_in(said, SECRETS.values()), address
            assert b"Traceback" not in said

    def test_settings_and_clients_do_not_show_them(self, app: Flask, settings: Settings) -> None:
        from app.extensions import KEY

        said = f"{settings!r} {settings} {app.extensions[KEY]!r} {app!r} {vars(app.extensions[KEY])!r}"
        assert not found_in(said.encode(), SECRETS.values())


class TestServer:
    """One server at its most talkative, whose upstreams fail, and all that it leaves behind."""

    @pytest.fixture
    def database_url(self, request: pytest.FixtureRequest) -> str:
        return str(request.getfixturevalue("sqlite_url"))

    @pytest.fixture
    def mirror(self, database_url: str) -> Mirror:
        return Mirror(database_url)

    def test_no_log_file_or_row_holds_one(
        self, launcher: Launcher, discogs: FakeDiscogs, mirror: Mirror, tmp_path: Path
    ) -> None:
        more = {name.upper(): text for name, text in SECRETS.items()}
        more |= {"LOG_LEVEL": "DEBUG", "SPOTIFY_CLIENT_ID": "somebody", "SPOTIFY_API_URL": "http://127.0.0.1:1"}
        more |= {"SPOTIFY_ACCOUNTS_URL": "http://127.0.0.1:1", "AI_API_URL": "http://127.0.0.1:1", "AI_MODEL": "m"}
        more |= {"WEBHOOK_URL": "http://127.0.0.1:1/canary-of-the-path", "RELEASE_CACHE_PAUSE_MINUTES": "0"}
        canaries = {*SECRETS.values(), discogs.token, "canary-of-the-path"}
        server = launcher.gunicorn(1, **more).wait_until_up()
        until(lambda: mirror.live() > 0, "the first sync is done", 30.0)
        admin = {"Authorization": f"Bearer {SECRETS['admin_token']}"}
        requests.post(f"{server.url}/api/v1/services/ai/enrich-all?limit=2", headers=admin, timeout=10)
        said = b"".join(
            requests.get(f"{server.url}{path}", headers=headers, timeout=10).content
            for path in ("/", "/metrics", "/health", "/api/sync/status", "/api/v1/enrichments", "/nowhere")
            for headers in ({}, admin, {"Authorization": "Bearer wrong"})
        )
        assert launcher.command("-m", "flask", "--app", "run", "backup", **more).returncode == 0
        assert not found_in(said, canaries)
        assert not found_in(b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in server.family()), canaries)
        kept = files_below(tmp_path)
        assert any("backups" in path.parts for path in kept)
        assert any(path.suffix == ".log" for path in kept)
        for path, content in kept.items():
            assert not found_in(content, canaries), path
        # The same search finds them where they must be: in what the server was given.
        given = Path(f"/proc/{server.pid}/environ").read_bytes()
        assert set(found_in(given, canaries)) == canaries
