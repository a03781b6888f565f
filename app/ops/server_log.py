"""What gunicorn itself tells: in the format of LOG_FORMAT, through the formatter that hides secrets."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from typing import Any

from dotenv import dotenv_values
from gunicorn.glogging import Logger

from app.ops.logging import formatter_for
from config import ROOT


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """The log of gunicorn's master, and of its workers until they have an application."""

    def setup(self, cfg: Any) -> None:
        """As gunicorn sets it up, with our formatter."""
        super().setup(cfg)
        formatter = formatter_for(_log_format())
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter)


def _log_format() -> str:
    """LOG_FORMAT. The master reads nothing else: what it puts into the environment, new workers cannot replace."""
    told = os.environ.get("LOG_FORMAT")
    with suppress(OSError, UnicodeDecodeError):  # a worker says what is wrong with the file
        told = told or dotenv_values(ROOT / ".env", interpolate=False, encoding="utf-8-sig").get("LOG_FORMAT")
    return (told or "").strip()


def join_the_log(server: logging.Logger | None = None) -> None:
    """From now on send what the worker this is called in tells the way of all lines of the application: with its level,
    its formatter, and to whoever keeps the end of the log."""
    server = server or logging.getLogger("gunicorn.error")
    for handler in list(server.handlers):
        server.removeHandler(handler)
    server.propagate = True
    server.setLevel(max(server.level, logging.getLogger().level))
