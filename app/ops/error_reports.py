"""Reports of errors to Sentry, or whatever speaks its language, for owners who set SENTRY_DSN. Secrets stay here."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from app.errors import ConfigurationError
from app.ops.logging import request_id, run_id, without_secrets
from config import INSTALL_EXTRAS, VERSION, Settings

PACKAGE = "sentry_sdk"


def report_errors(settings: Settings) -> None:
    """Begin to report, where the owner wants it. Raises ConfigurationError when the package for it is missing."""
    if settings.sentry_dsn is None:
        return
    if find_spec(PACKAGE) is None:
        raise ConfigurationError([f"SENTRY_DSN needs the package sentry-sdk, which is not installed: {INSTALL_EXTRAS}"])
    import_module(PACKAGE).init(
        dsn=settings.sentry_dsn.reveal(),
        release=f"waxmirror@{VERSION}",
        send_default_pii=False,
        auto_enabling_integrations=False,  # errors are what is wanted, not every statement and request
        include_local_variables=False,  # they hold tokens, and what people wrote
        max_request_body_size="never",
        before_send=redacted,
        before_breadcrumb=redacted,
    )


def redacted(event: dict[str, Any], _hint: object = None) -> dict[str, Any]:
    """The report without secrets, and of a request no more than method and address."""
    if isinstance(asked := event.get("request"), dict):
        event["request"] = {name: asked[name] for name in ("method", "url") if name in asked}
    told: dict[str, Any] = _without_secrets(event)
    named = {"run": run_id.get(), "request": request_id.get()}
    found = {name: without_secrets(str(value)) for name, value in named.items() if value is not None}
    return {**told, "tags": {**(told.get("tags") or {}), **found}} if found and "category" not in told else told


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, dict):
        return {name: _without_secrets(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(each) for each in value]
    return value
