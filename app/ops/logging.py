"""Log lines for people (text) or for machines (json), on standard error.

Every line passes one formatter that hides secrets and disarms control characters, tracebacks included.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from config import Settings

run_id: ContextVar[int | None] = ContextVar("run_id", default=None)
"""The run that the present thread works on; it is shown on every line logged meanwhile."""

job_id: ContextVar[str | None] = ContextVar("job_id", default=None)
"""The job that the present thread does."""

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that the present thread answers."""

HIDDEN = "[hidden]"

_SHORTEST_SECRET = 6  # hiding shorter texts would blot out ordinary words
_CHATTY = ("alembic.runtime.plugins", "apscheduler", "huey", "oauthlib", "urllib3")
_known_secrets: set[str] = set()

_CREDENTIALS = (
    # Single values first: in `Authorization: OAuth oauth_token="…"` the header's own pattern ends at the first quote.
    re.compile(
        r"\b((?:\w*_)?(?:token|secret|password|signature|verifier)(?:=[\"']?|[\"']:\s*[\"']))[^\s\"',;&]+",
        re.IGNORECASE,
    ),
    re.compile(r"(authorization[\"']?\s*[:=]\s*(?:b?[\"'])?)[^\"'\r\n]+", re.IGNORECASE),
    re.compile(r"\b(bearer\s+|discogs\s+key=)[^\s\"',;&]+", re.IGNORECASE),
    re.compile(r"(://[^\s/:@\"']*:)[^\s/\"']+(?=@)"),  # to the last @: a password may hold one
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def redact(secret: str) -> None:
    """Never show this text in a log again, nor as repr() spells it."""
    if len(secret) >= _SHORTEST_SECRET:
        _known_secrets.update({secret, repr(secret)[1:-1]})


def redact_all(settings: Settings) -> None:
    """Never show a secret of `settings` in a log again."""
    for secret in _secrets_of(settings):
        redact(secret)


def without_secrets(text: str) -> str:
    """`text` with registered secrets and the usual spellings of credentials hidden."""
    for secret in sorted(_known_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for pattern in _CREDENTIALS:
        text = pattern.sub(rf"\g<1>{HIDDEN}", text)
    return text


def disarmed(text: str) -> str:
    """`text` on one line, with control, ANSI and bidirectional characters written out.

    >>> disarmed("two" + chr(10) + "lines")
    'two\\\\nlines'
    """
    return _CONTROL.sub(lambda found: repr(found.group())[1:-1], text)


class TextFormatter(logging.Formatter):
    """`2026-11-20 08:00:00Z [INFO] message run=7 request=4f1c`, tracebacks as indented lines below."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{_time(record):%Y-%m-%d %H:%M:%SZ} [{record.levelname}] {_message(record)}"
        line += "".join(f" {name}={value}" for name, value in _occasion().items())
        return "\n".join([line, *(f"  | {disarmed(each)}" for each in _traceback(self, record))])


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, logger, message, and run, job, request, exception where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": _time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
        }
        entry |= _occasion()
        if lines := _traceback(self, record):
            entry["exception"] = "\n".join(lines)
        return json.dumps(entry)


def formatter_for(log_format: str) -> logging.Formatter:
    """The formatter of LOG_FORMAT."""
    return JsonFormatter() if log_format == "json" else TextFormatter()


def configure_logging(settings: Settings) -> None:
    """Send the log to standard error in the format and from the level of `settings`. May be called again."""
    redact_all(settings)
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _StandardError)]:
        root.removeHandler(handler)
    handler = _StandardError()
    handler.setFormatter(formatter_for(settings.log_format))
    root.addHandler(handler)
    root.setLevel(settings.log_level)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to whatever sys.stderr is at the moment of the line, not at the moment of configuration."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _stream: TextIO) -> None:
        raise AttributeError("this handler always writes to sys.stderr")


def _secrets_of(settings: Settings) -> Iterator[str]:
    from config import secret_variables

    for name in secret_variables():
        value = getattr(settings, name.lower())
        if value and not isinstance(value, str):
            yield value.reveal()
    yield from settings.fernet_keys()  # each alone, too
    for text in (settings.database_url, settings.queue_url.reveal() if settings.queue_url else ""):
        address = urlsplit(text)
        if address.password:
            yield from (address.password, unquote(address.password))
        yield from parse_qs(address.query).get("password", [])


def _occasion() -> dict[str, object]:
    """What the line belongs to. A request's name comes from outside: it may be a secret sent in the wrong place."""
    found: dict[str, object] = {}
    if (run := run_id.get()) is not None:
        found["run"] = run
    if (job := job_id.get()) is not None:
        found["job"] = job
    if (asked := request_id.get()) is not None:
        found["request"] = without_secrets(asked)
    return found


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _message(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except (TypeError, ValueError, KeyError):
        # Placeholders that do not fit the arguments: logging's own report would show the arguments unredacted.
        text = f"{record.msg} {record.args!r}"
    return disarmed(without_secrets(text))


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    """The lines of the record's exception; the record keeps no copy that another handler could show unredacted."""
    parts = [formatter.formatException(record.exc_info)] if record.exc_info else []
    parts += [record.exc_text] if record.exc_text and not parts else []
    parts += [formatter.formatStack(record.stack_info)] if record.stack_info else []
    return without_secrets("\n".join(parts)).splitlines()
