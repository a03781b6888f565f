"""The streams of an account: which tables keep the rows of each, and by what they are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Table, null, select, true

from app.core.copy_records import Copy, Want
from app.core.mirrored import Record
from app.core.records import FOR_SALE, Listing
from app.models.account import Source
from app.models.base import Base
from app.models.listing import ListingRow, StagedListing
from app.models.shelf import CopyRow, StagedCopy, StagedWant, WantRow

DERIVED = ("fingerprint", "search_text", "format_tokens")


@dataclass(frozen=True)
class Stream:
    """One kind of source.

    `record` is what Discogs owns of a row, key first; `rows` keeps it and `staged` lets it wait. With `shown_status`
    only rows of that status are shown to strangers, here and at Discogs; without it Discogs shows all or none of them,
    and the shop shows none. `is_key_global`: a row belongs to one source at a time and may move between them; otherwise
    each source has rows of its own, whatever their keys. `things` is what people call the rows.
    """

    kind: str
    things: str
    record: type[Record]
    rows: Table
    staged: Table
    shown_status: str | None = None
    is_key_global: bool = False

    @property
    def key_name(self) -> str:
        return self.record._fields[0]

    @property
    def key(self) -> ColumnElement[int]:
        """The key of a mirrored row."""
        return self.rows.c[self.key_name]

    @property
    def staged_key(self) -> ColumnElement[int]:
        """The key of a staged row."""
        return self.staged.c[self.key_name]

    @property
    def identity(self) -> list[str]:
        """The columns that tell one mirrored row from all others."""
        return [self.key_name] if self.is_key_global else ["source_id", self.key_name]

    @property
    def mirrored(self) -> list[str]:
        """The columns that a mirrored and a staged row have in common, the record's first."""
        return [*self.record._fields, *DERIVED]

    @property
    def status(self) -> ColumnElement[Any]:
        """The status of a mirrored row; NULL where rows have none."""
        return self.rows.c.status if self.shown_status else null()

    @property
    def record_columns(self) -> list[ColumnElement[Any]]:
        """The columns of a mirrored row, in the order of its record."""
        return [self.rows.c[name] for name in self.record._fields]

    @property
    def staged_columns(self) -> list[ColumnElement[Any]]:
        """The columns of a staged row, in the order of its record."""
        return [self.staged.c[name] for name in self.record._fields]

    def rivals(self, source_id: int) -> ColumnElement[bool]:
        """The mirrored rows among which a key of this source means one row."""
        return true() if self.is_key_global else self.rows.c.source_id == source_id

    def record_of(self, row: Any) -> Any:
        """The record in the first columns of a row that was selected in its order."""
        return self.record(*row[: len(self.record._fields)])

    def name_of(self, record: Any) -> str | None:
        """What people call the thing a record tells of; None where Discogs named neither artist nor title."""
        return " – ".join(told for told in (record.artist, record.title) if told) or None


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


INVENTORY = Stream(
    "inventory",
    "listings",
    Listing,
    _table(ListingRow),
    _table(StagedListing),
    shown_status=FOR_SALE,
    is_key_global=True,
)
COLLECTION = Stream("collection", "copies", Copy, _table(CopyRow), _table(StagedCopy))
WANTLIST = Stream("wantlist", "wants", Want, _table(WantRow), _table(StagedWant))
# In the order in which they are synced: the shop comes first.
STREAMS = {stream.kind: stream for stream in (INVENTORY, COLLECTION, WANTLIST)}


def stream_of(connection: Connection, source_id: int) -> Stream:
    """What the source is a source of."""
    return STREAMS[connection.execute(select(Source.kind).where(Source.id == source_id)).scalar_one()]
