"""Reports of errors go out where the owner wants it, and without secrets."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from app.errors import ConfigurationError
from app.ops import error_reports
from app.ops.error_reports import redacted, report_errors
from app.ops.logging import redact, run_id
from config import Secret, Settings
from tests.conftest import ROOT

DSN = Secret("https://dsn-canary@sentry.example/4")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a package of that name was begun with."""
    told: list[dict[str, Any]] = []
    package = ModuleType("sentry_sdk")
    package.__spec__ = ModuleSpec("sentry_sdk", None)
    package.init = lambda **options: told.append(options)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentry_sdk", package)
    return told


def test_nobody_is_told_unless_the_owner_wants_it(begun: list[dict[str, Any]]) -> None:
    report_errors(Settings())
    assert begun == []


def test_the_application_begins_to_report(
    begun: list[dict[str, Any]], base_settings: Settings, sqlite_url: str, make_app: Callable[[Settings], Flask]
) -> None:
    make_app(base_settings.replace(sentry_dsn=DSN, database_url=sqlite_url))
    [options] = begun
    assert options["dsn"] == DSN.reveal()
    assert options["send_default_pii"] is False
    assert options["before_send"] is redacted


REPORTS = """
from app import create_app
from app.extensions import db
from app.models.fixed_statements import fetch
app = create_app(start_clock=False)
def break_down():
    raise ValueError(f"canary {app.extensions['settings'].admin_token.reveal()}")
with app.app_context(), db.engine.connect() as connection:
    assert fetch(connection, "SELECT 1") == [(1,)]
app.view_functions["health.alive"] = lambda: break_down()
assert app.test_client().get("/healthz").status_code == 500
import sentry_sdk
sentry_sdk.flush(5)
"""


def test_an_error_is_reported_by_the_real_package_and_without_secrets(sqlite_url: str, tmp_path: Path) -> None:
    pytest.importorskip("sentry_sdk")
    received: list[bytes] = []

    class Sentry(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on standard error."""

    server = HTTPServer(("127.0.0.1", 0), Sentry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told = {"DATABASE_URL": sqlite_url, "WAXMIRROR_INSTANCE": str(tmp_path), "ADMIN_TOKEN": "CANARY-of-the-owner-1"}
    told |= {"SENTRY_DSN": f"http://key@127.0.0.1:{server.server_port}/1", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", REPORTS], cwd=ROOT, env=told, capture_output=True, text=True, check=False
    )
    server.shutdown()
    server.server_close()
    assert done.returncode == 0, done.stderr
    assert any(b"ValueError" in each for each in received)
    assert not any(b"CANARY" in each for each in received)


def test_without_the_package_the_start_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_reports, "PACKAGE", "no_such_package_here")
    with pytest.raises(ConfigurationError, match="SENTRY_DSN needs the package sentry-sdk"):
        report_errors(Settings(sentry_dsn=DSN))


def test_what_goes_out_holds_no_secret_and_little_of_the_request() -> None:
    redact("canary-secret-1")
    token = run_id.set(7)
    try:
        told = redacted(
            {
                "message": "failed with canary-secret-1",
                "exception": {"values": [{"value": "Authorization: Discogs token=canary-secret-2"}]},
                "request": {
                    "method": "GET",
                    "url": "http://shop/api/data",
                    "headers": {"Cookie": "canary-3"},
                    "query_string": "q=canary-4",
                },
            }
        )
    finally:
        run_id.reset(token)
    assert "canary" not in repr(told)
    assert told["request"] == {"method": "GET", "url": "http://shop/api/data"}
    assert told["tags"]["run"] == "7"
