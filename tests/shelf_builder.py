"""Collections and wantlists filled by hand, beside a mirror that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import orjson
from sqlalchemy import insert, select, update

from app.core.copy_records import Copy, Want
from app.core.fingerprint import fingerprint
from app.core.mirrored import Record
from app.core.text import format_tokens, searchable
from app.models import Account, CopyRow, FieldRow, FolderRow, Source, WantRow
from tests.builders import DAY, SELLER, MirrorBuilder

FOLDERS = {0: "All", 1: "Uncategorized", 7: "Jazz", 8: "Jazz"}  # names repeat
FIELDS = {1: "Media Condition", 2: "Sleeve Condition", 3: "Notes"}


class ShelfBuilder:
    """The collection of one account, by default the shop's own, as a sync with its credential leaves it.

    Strangers may see it.
    """

    def __init__(
        self, mirror: MirrorBuilder, owner: str = SELLER, *, is_public: bool | None = True, kind: str = "collection"
    ) -> None:
        self.mirror = mirror
        self.owner = owner
        self.account_id = self._account(owner)
        values = {
            "account_id": self.account_id,
            "kind": kind,
            "is_active": True,
            "hidden_rows": 0,
            "is_public": is_public,
        }
        with mirror.engine.begin() as connection:
            account = update(Account).where(Account.id == self.account_id)
            connection.execute(account.values(sealed_token="opened by nobody here"))
            made = insert(Source).values(values).returning(Source.id)
            self.source_id = int(connection.execute(made).scalar_one())
        self._ids = count(2_176_000_001 + 100_000 * self.source_id)
        if kind == "collection":
            self.folders(FOLDERS)
            self.fields(FIELDS)

    def copy(self, *, removed: bool = False, notes: Mapping[int, str] | None = None, **fields: Any) -> str:
        """A copy, or a tombstone; its id."""
        return self.copies([{**fields, "notes": notes}], removed=removed)[0]

    def copies(self, told: Sequence[Mapping[str, Any]], *, removed: bool = False) -> list[str]:
        """Many copies, in one transaction; their ids."""
        records = [self._copy(**fields) for fields in told]
        rows = [self._row(record, record.catalog_number, removed=removed) for record in records]
        with self.mirror.engine.begin() as connection:
            connection.execute(insert(CopyRow), rows)
        self.mirror.shelves_moved()
        return [str(record.instance_id) for record in records]

    def want(self, release_id: int, *, removed: bool = False, **fields: Any) -> None:
        """A want, or a tombstone of one."""
        record = Want(release_id=release_id, **{"title": "Wanted", "artist": "Somebody", **fields})
        with self.mirror.engine.begin() as connection:
            connection.execute(insert(WantRow).values(self._row(record, record.catalog_number, removed=removed)))
        self.mirror.shelves_moved()

    def folders(self, names: Mapping[int, str]) -> None:
        self._put(FolderRow, [{"folder_id": number, "name": name, "copies": 0} for number, name in names.items()])

    def fields(self, names: Mapping[int, str], *, is_public: bool = True) -> None:
        common = {"kind": "textarea", "is_public": is_public, "options": "[]"}
        self._put(FieldRow, [{"field_id": number, "name": name, **common} for number, name in names.items()])

    def shown(self, *, is_public: bool | None) -> None:
        """Whether Discogs shows it to strangers."""
        with self.mirror.engine.begin() as connection:
            connection.execute(update(Source).where(Source.id == self.source_id).values(is_public=is_public))

    def _copy(self, *, notes: Mapping[int, str] | None = None, **fields: Any) -> Copy:
        number = next(self._ids)
        defaults = {
            "instance_id": number,
            "release_id": 500 + number % 1_000_000,
            "folder_id": 1,
            "added_at": DAY + timedelta(minutes=number % 100_000),
            "title": "Kind Of Blue",
            "artist": "Miles Davis",
        }
        told = orjson.dumps({str(field): text for field, text in sorted(notes.items())}).decode() if notes else None
        return Copy(**defaults | fields, notes=told)

    def _row(self, record: Record, catalog_number: str | None, *, removed: bool) -> dict[str, Any]:
        return record._asdict() | {
            "fingerprint": fingerprint(record),
            "search_text": searchable(record.artist, record.title, record.label, catalog_number),
            "format_tokens": format_tokens(record.format),
            "source_id": self.source_id,
            "created_at": DAY,
            "updated_at": DAY,
            "updated_run_id": self.mirror.run_id,
            "removed_at": DAY + timedelta(days=1) if removed else None,
            "removed_reason": "unknown" if removed else None,
        }

    def _put(self, model: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        with self.mirror.engine.begin() as connection:
            connection.execute(insert(model), [{"source_id": self.source_id, **row} for row in rows])

    def _account(self, owner: str) -> int:
        with self.mirror.engine.connect() as connection:
            known = connection.scalar(select(Account.id).where(Account.username_key == owner.casefold()))
        if known is not None:
            return int(known)
        self.mirror.seller(owner, is_active=False)  # whoever logs in has a shop that is not shown
        return self._account(owner)
