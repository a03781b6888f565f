"""What a doctor finds about the index of the shop: whether whoever searches finds what is for sale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from app.search.soundness import IndexCounts, index_counts, words_are_damaged
from app.services.findings import Finding, Verdict
from app.services.shop_index import ShopIndexWriter
from app.services.shop_state import ShopState
from config import Settings

REBUILD = "flask --app run rebuild-index"


def about_index(connection: Connection, settings: Settings, state: ShopState, database: Path | None) -> Finding:
    """Documents and terms against the listings. One of another making is made anew by the next sync in any case."""
    counts = index_counts(connection, state.sellers)
    found = counts.documents - counts.unlisted
    detail = f"{found} of {counts.listings} listings are in the index"
    if state.digest != ShopIndexWriter.of(settings).digest(state) and (counts.listings or counts.documents):
        return Finding("index", Verdict.WARNING, detail, f"{REBUILD} (the next sync does it, too)")
    troubles = "; ".join(_troubles(counts))
    if not troubles and database is not None and words_are_damaged(database):
        troubles = "its words are not those of its documents"
    if troubles:
        return Finding("index", Verdict.PROBLEM, f"{detail}; {troubles}", REBUILD)
    return Finding("index", Verdict.OK, detail)


def _troubles(counts: IndexCounts) -> Iterator[str]:
    if counts.missing:
        yield f"{counts.missing} listings are not shown"
    if counts.unlisted:
        yield f"{counts.unlisted} of its documents are of nothing that is for sale"
    if counts.unsearchable:
        yield f"no search finds {counts.unsearchable} of its documents"
    if counts.left_over:
        yield f"the terms of {counts.left_over} documents are left over"
