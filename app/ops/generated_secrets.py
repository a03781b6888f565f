"""Secrets that nobody configured are made once and kept in the instance folder, readable by their owner alone."""

from __future__ import annotations

import dataclasses
import logging
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet

from app.errors import ConfigurationError
from app.ops.logging import redact_all

if TYPE_CHECKING:
    from config import Settings

logger = logging.getLogger(__name__)


def complete(settings: Settings, *, keeps: bool = True) -> Settings:
    """`settings` with every missing secret filled from the instance folder, made there when there is none.

    Without `keeps` what is made serves this process alone and no file comes into being.

    Raises ConfigurationError when the folder cannot hold them, or holds what cannot serve.
    """
    # Hexadecimal digits, because they never look like a placeholder that somebody forgot to replace.
    makers: dict[str, Callable[[], str]] = {
        "admin_token": lambda: secrets.token_hex(32),
        "secret_key": lambda: secrets.token_hex(48),
        "token_keys": lambda: Fernet.generate_key().decode(),
    }
    missing = [name for name in makers if getattr(settings, name) is None]
    readers = {each.name: each.metadata["read"] for each in dataclasses.fields(settings) if each.name in missing}
    paths = {name: settings.instance_path / name for name in missing}
    texts = {name: _kept(path, makers[name], keeps=keeps) for name, path in paths.items()}
    read = {name: _understood(paths[name], texts[name], readers[name]) for name in missing}
    made = {name: f"generated, kept in {path}" if keeps else "generated" for name, path in paths.items()}
    completed = settings.replace(**read, origins={**settings.origins, **made})
    redact_all(completed)
    return completed


def _understood(path: Path, text: str, read: Callable[[str], Any]) -> Any:
    """What a variable of this text would be: a damaged file is refused like a damaged variable."""
    try:
        return read(text)
    except ValueError as error:
        raise ConfigurationError([f"{path.name.upper()} as kept in {path} {error}"]) from None


def _kept(path: Path, make: Callable[[], str], *, keeps: bool) -> str:
    try:
        if not path.exists():
            if not keeps:
                return make()
            _create(path, make())
        text = path.read_text(encoding="utf-8").strip()
        _close_to_others(path)
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
