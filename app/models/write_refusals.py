"""Why the last write of this process was refused: a full disk cannot be told from the database itself."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from app.core.outcomes import Reason

# A database that is busy or away says so when it is read; these can be read as ever.
_LASTING = frozenset({Reason.DB_FULL, Reason.DB_READONLY, Reason.DB_CORRUPT})
_refused: WeakKeyDictionary[Engine, Reason] = WeakKeyDictionary()


def remember_refusal(engine: Engine, reason: Reason) -> None:
    """A write was refused."""
    if reason in _LASTING:
        _refused[engine] = reason


def forget_refusal(engine: Engine) -> None:
    """A write was accepted."""
    _refused.pop(engine, None)


def last_refusal(engine: Engine) -> Reason | None:
    """Why the last write was refused; None when it was accepted."""
    return _refused.get(engine)
