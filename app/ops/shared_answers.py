"""Answers that all processes of one server share: in memory of a fixed size that is used round and round.

Gunicorn's master reads this module, so its workers inherit the memory of OF_THE_SERVER and its salt. Nobody waits for
anybody: each answer has a seal over the question and all its bytes, so that one that another process is writing over,
has written half, or has put elsewhere is no answer. Pages of memory that were never written to take none.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
from hashlib import blake2b

SIZE = 32 * 1024 * 1024
SLOTS = 16_384
_NEXT = struct.Struct("<Q")  # where the next answer is written
_SLOT = struct.Struct("<QLL16s")  # whose, where, how long, its seal
LARGEST_SHARE = 8  # one answer takes no more than this part of it


class SharedAnswers:
    """Bytes by question. The oldest are written over; a question drives out another in its slot."""

    def __init__(self, size: int = SIZE, slots: int = SLOTS) -> None:
        self._size = size
        self._slots = slots
        self._ring_at = _NEXT.size + slots * _SLOT.size
        self._memory = mmap.mmap(-1, self._ring_at + size)  # shared with whoever is forked
        self._salt = os.urandom(16)  # so that nobody can choose questions that drive out others
        self._lock = threading.Lock()

    def get(self, question: bytes) -> bytes | None:
        """What was put for this question, if all of it is still there."""
        whose, slot = self._place(question)
        found, start, length, seal = _SLOT.unpack_from(self._memory, slot)
        if found != whose or start + length > self._size:
            return None
        answer = self._memory[self._ring_at + start : self._ring_at + start + length]
        return answer if self._seal(question, answer) == seal else None

    def put(self, question: bytes, answer: bytes) -> None:
        """Keep it for a while, unless it would take the place of too many others."""
        if len(answer) > self._size // LARGEST_SHARE:
            return
        whose, slot = self._place(question)
        seal = self._seal(question, answer)
        with self._lock:
            start = _NEXT.unpack_from(self._memory)[0]
            if start + len(answer) > self._size:
                start = 0
            _NEXT.pack_into(self._memory, 0, start + len(answer))
            at = self._ring_at + start
            self._memory[at : at + len(answer)] = answer
            _SLOT.pack_into(self._memory, slot, whose, start, len(answer), seal)

    def _place(self, question: bytes) -> tuple[int, int]:
        whose = int.from_bytes(blake2b(question, digest_size=8, key=self._salt).digest())
        return whose, _NEXT.size + whose % self._slots * _SLOT.size

    def _seal(self, question: bytes, answer: bytes) -> bytes:
        seal = blake2b(len(question).to_bytes(8), digest_size=16, key=self._salt)
        seal.update(question)
        seal.update(answer)
        return seal.digest()


OF_THE_SERVER = SharedAnswers()
