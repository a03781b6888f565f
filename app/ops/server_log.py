"""What gunicorn itself tells: in the format of LOG_FORMAT, through the formatter that hides secrets."""

from __future__ import annotations

import logging
import os
from typing import Any

from gunicorn.glogging import Logger

from app.ops.logging import formatter_for
from config import load_dotenv_file


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """The log of gunicorn's master, and of its workers until they have an application."""

    def setup(self, cfg: Any) -> None:
        """As gunicorn sets it up, with our formatter."""
        super().setup(cfg)
        load_dotenv_file()  # the master reads no other setting
        formatter = formatter_for(os.environ.get("LOG_FORMAT", "").strip())
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter)


def join_the_log(server: logging.Logger | None = None) -> None:
    """From now on send what the worker this is called in tells the way of all lines of the application: with its level,
    its formatter, and to whoever keeps the end of the log."""
    server = server or logging.getLogger("gunicorn.error")
    for handler in list(server.handlers):
        server.removeHandler(handler)
    server.propagate = True
    server.setLevel(max(server.level, logging.getLogger().level))
