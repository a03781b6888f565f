"""Waiting that can be watched and interrupted."""

from __future__ import annotations

import threading

import pytest

from app.discogs.answers import ItemPage
from app.errors import Cancelled
from app.wire.waiting import Waiter
from tests.discogs.conftest import FakeTime


def test_a_wait_is_announced_before_it_begins(time: FakeTime):
    Waiter(sleep=time.sleep, on_wait=time.on_wait).wait(12, "Discogs")
    assert (time.told, time.waits) == ([(12, "Discogs")], [12])


def test_nothing_to_wait_for_is_not_announced(time: FakeTime):
    Waiter(sleep=time.sleep, on_wait=time.on_wait).wait(0, "Discogs")
    assert (time.told, time.waits) == ([], [])


def test_a_stop_from_another_thread_ends_a_long_wait():
    stop = threading.Event()
    waiter = Waiter(stop=stop, on_wait=lambda _seconds, _why: threading.Timer(0.05, stop.set).start())
    with pytest.raises(Cancelled):
        waiter.wait(250, "a window")


@pytest.mark.parametrize(("most", "left"), [(5, [1, 2, 3]), (2, [1, 2]), (0, []), (-1, [])])
def test_a_page_can_be_cut(most: int, left: list[object]):
    page = ItemPage(page=1, pages=1, per_page=100, items=3, rows=[1, 2, 3], body_bytes=10)
    assert page.cut(most).rows == left
    assert page.cut(most).items == 3
