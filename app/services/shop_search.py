"""Which index answers questions about a state of the shop."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from app.search.plain import PlainIndex
from app.search.port import ListingIndex, Recall, Value
from app.search.terms_index import TermsIndex
from app.services.remembered import Remembered
from app.services.shop_index import ShopIndexWriter
from app.services.shop_state import ShopState
from config import Settings


def index_of(state: ShopState, settings: Settings, remembered: Remembered) -> ListingIndex:
    """The index of terms where it tells of this very state; the rows themselves until it is made."""
    if state.total is not None and is_indexed(state, settings):
        return TermsIndex(state.total, _recall(state, remembered))
    return PlainIndex()


def is_indexed(state: ShopState, settings: Settings) -> bool:
    """Whether documents and terms are there, and made as these settings want them."""
    return state.total is not None and state.digest == ShopIndexWriter.of(settings).digest(state)


def _recall(state: ShopState, remembered: Remembered) -> Recall:
    def recall(key: Hashable, make: Callable[[], Value]) -> Value:
        return remembered.get((key, state.key), make)

    return recall
