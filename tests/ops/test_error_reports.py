"""Reports of errors go out where the owner wants it, and without secrets."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from app.errors import ConfigurationError
from app.ops import error_reports
from app.ops.error_reports import redacted, report_errors
from app.ops.logging import redact, run_id
from config import Secret, Settings

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
