"""That a database turned out to be damaged where somebody read it: other rows may well be told as ever.

All workers of a server know what one of them met, by memory that they inherit from gunicorn's master.
"""

from __future__ import annotations

import mmap
import struct
import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

KNOWN_FOR_S = 600.0
NEVER = float("-inf")
_AT = struct.Struct("<d")


class Damage:
    """When each engine met it last; once it is shared, the one database that a server has. `clock` gives seconds, the
    same ones to all processes of a machine."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._met: WeakKeyDictionary[Engine, float] = WeakKeyDictionary()
        self._shared: mmap.mmap | None = None

    def share(self) -> None:
        """Have all processes that are forked from this one know the same from now on."""
        self._shared = mmap.mmap(-1, _AT.size)
        _AT.pack_into(self._shared, 0, NEVER)

    def note(self, engine: Engine) -> None:
        """It was met now."""
        if self._shared is None:
            self._met[engine] = self._clock()
        else:
            _AT.pack_into(self._shared, 0, self._clock())

    def is_known(self, engine: Engine) -> bool:
        """Whether it was met within ten minutes: whoever reads what is damaged meets it again."""
        met = self._met.get(engine, NEVER) if self._shared is None else _AT.unpack_from(self._shared)[0]
        return bool(self._clock() - met < KNOWN_FOR_S)


DAMAGE = Damage()
