"""Gunicorn's own lines: in our format, without secrets, in the log that the admin sees."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from gunicorn.config import Config

from app.ops.logging import JsonFormatter, TextFormatter
from app.ops.server_log import ServerLog, join_the_log


@pytest.fixture
def quiet() -> Iterator[None]:
    """Whatever a logger of gunicorn is told here, it forgets."""
    logger = logging.getLogger("gunicorn.error")
    before = list(logger.handlers), logger.propagate, logger.level
    yield
    logger.handlers[:], logger.propagate, logger.level = before


@pytest.mark.parametrize(("told", "kind"), [("json", JsonFormatter), ("text", TextFormatter), ("", TextFormatter)])
def test_the_master_tells_as_the_application_does(
    monkeypatch: pytest.MonkeyPatch, quiet: None, told: str, kind: type[logging.Formatter]
) -> None:
    monkeypatch.setenv("LOG_FORMAT", told)
    log = ServerLog(Config())
    [handler] = log.error_log.handlers
    assert type(handler.formatter) is kind
    assert isinstance(handler, logging.StreamHandler)
    heard = handler.setStream(StringIO()) and handler.stream
    log.info("Booting worker with pid: %s", "Authorization: Discogs token=abcdefgh")
    text = handler.stream.getvalue()
    assert heard is not None
    assert "Booting worker" in text
    assert "abcdefgh" not in text
    if told == "json":
        assert json.loads(text)["logger"] == "gunicorn.error"


def test_a_worker_tells_the_application_s_log(quiet: None, caplog: pytest.LogCaptureFixture) -> None:
    log = ServerLog(Config())
    join_the_log()
    assert not log.error_log.handlers
    with caplog.at_level(logging.INFO, "gunicorn.error"):
        log.error("Error handling request")
    assert [record.getMessage() for record in caplog.records] == ["Error handling request"]


def test_no_more_is_told_than_the_application_tells(quiet: None) -> None:
    ServerLog(Config())
    root = logging.getLogger()
    before = root.level
    try:
        root.setLevel(logging.WARNING)
        join_the_log()
        assert not logging.getLogger("gunicorn.error").isEnabledFor(logging.INFO)
        assert logging.getLogger("gunicorn.error").isEnabledFor(logging.WARNING)
    finally:
        root.setLevel(before)
