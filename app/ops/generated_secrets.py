"""Secrets that nobody configured are made once and kept in the instance folder, readable by their owner alone."""

from __future__ import annotations

import logging
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet

from app.errors import ConfigurationError
from app.ops.logging import redact

if TYPE_CHECKING:
    from config import Settings

logger = logging.getLogger(__name__)


def complete(settings: Settings) -> Settings:
    """`settings` with every missing secret filled from the instance folder, made there when there is none.

    Raises ConfigurationError when the folder cannot hold them.
    """
    makers: dict[str, Callable[[], str]] = {
        "admin_token": lambda: secrets.token_urlsafe(32),
        "secret_key": lambda: secrets.token_urlsafe(48),
        "token_keys": lambda: Fernet.generate_key().decode(),
    }
    missing = [name for name in makers if getattr(settings, name) is None]
    found = {name: _kept(settings.instance_path / name, makers[name]) for name in missing}
    return settings.replace(**{name: _as_secret(text) for name, text in found.items()})


def _as_secret(text: str) -> object:
    from config import Secret

    redact(text)
    return Secret(text)


def _kept(path: Path, make: Callable[[], str]) -> str:
    try:
        if not path.exists():
            _create(path, make())
        _close_to_others(path)
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([_trouble(path, type(error).__name__)]) from error
    if not text:
        raise ConfigurationError([_trouble(path, "it is empty")])
    return text


def _create(path: Path, text: str) -> None:
    """Put `text` at `path` unless another process is first.

    A hard link is exclusive like O_EXCL, and the file it shows is never half written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(f"{text}\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        Path(draft).unlink(missing_ok=True)
    logger.info("A new %s was written to %s", path.name, path)


def _close_to_others(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)
        logger.warning("%s could be read by other users; it is 0600 again", path)


def _trouble(path: Path, why: str) -> str:
    return f"{path.name.upper()} is not set and cannot be kept in {path} ({why}); set it or make the folder writable"
