"""Why the last write was refused: a full disk cannot be told from the database itself.

All workers of a server know what one of them met, by a byte of memory that they inherit from gunicorn's master.
"""

from __future__ import annotations

import mmap
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from app.core.outcomes import Reason

# A database that is busy or away says so when it is read; these can be read as ever.
_LASTING = (Reason.DB_FULL, Reason.DB_READONLY, Reason.DB_CORRUPT)
_NOTHING = 0


class WriteRefusals:
    """The last write of each engine; once it is shared, of the one database that a server has."""

    def __init__(self) -> None:
        self._refused: WeakKeyDictionary[Engine, Reason] = WeakKeyDictionary()
        self._shared: mmap.mmap | None = None

    def share(self) -> None:
        """Have all processes that are forked from this one know the same from now on."""
        self._shared = mmap.mmap(-1, 1)

    def remember(self, engine: Engine, reason: Reason) -> None:
        """A write was refused."""
        if reason not in _LASTING:
            return
        if self._shared is not None:
            self._shared[0] = 1 + _LASTING.index(reason)
        else:
            self._refused[engine] = reason

    def forget(self, engine: Engine) -> None:
        """A write was accepted."""
        if self._shared is None:
            self._refused.pop(engine, None)
        elif self._shared[0] != _NOTHING:
            self._shared[0] = _NOTHING

    def last(self, engine: Engine) -> Reason | None:
        """Why the last write was refused; None when it was accepted."""
        if self._shared is None:
            return self._refused.get(engine)
        number = self._shared[0]
        return None if number == _NOTHING else _LASTING[number - 1]


REFUSALS = WriteRefusals()
