"""Right tokens that come at once, more than may be looked at: what is refused of them is no guess."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from app.errors import TooManyGuesses
from app.ops.shared_counts import Count, SharedCounts
from app.services.guesses import MOST, Guesser, Guesses

AT_ONCE = 2 * MOST
HOME = Guesser.of("203.0.113.7")
SALT = bytes(16)  # by another two of the few keys might share a place, and one of them would drive out the other


class AllTogether(SharedCounts):
    """Everybody has looked how many there were before the first one is counted."""

    gate: threading.Barrier | None = None

    def look(self, key: str) -> Count | None:
        found = super().look(key)
        if self.gate is not None and key.startswith("guessed"):
            self.gate.wait(60)
        return found


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("wrong_before", [0, MOST - 1])
def test_right_ones_at_once_shut_nobody_out(wrong_before: int, is_known: bool) -> None:
    counts = AllTogether(64, random_bytes=lambda _size: SALT)
    guesses = Guesses(counts)
    if is_known:
        guesses.judge(HOME, lambda: True, is_shut_by_all=False)
    for _ in range(wrong_before):
        guesses.judge(HOME, lambda: False, is_shut_by_all=False)
    may_end = threading.Event()
    counts.gate = threading.Barrier(AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [
            pool.submit(guesses.judge, HOME, lambda: may_end.wait(60), is_shut_by_all=False) for _ in range(AT_ONCE)
        ]
        while sum(each.done() for each in asked) < AT_ONCE - MOST + wrong_before:
            wait([each for each in asked if not each.done()], timeout=60, return_when="FIRST_COMPLETED")
        counts.gate = None
        may_end.set()
    refused = [each for each in asked if isinstance(each.exception(), TooManyGuesses)]
    assert len(refused) == AT_ONCE - MOST + wrong_before
    assert guesses.judge(HOME, lambda: True, is_shut_by_all=False)
    left = counts.look(f"guessed by {HOME.house}")
    assert (left.number if left else 0) == wrong_before
