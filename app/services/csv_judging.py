"""Judge the records of a file against the mirror: what is new, what differs, and what the mirror knows better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Engine, Row, select

from app.core.csv_layouts import Header
from app.core.csv_merging import ImportVerdict, is_cut, merge
from app.core.csv_rows import CsvListing
from app.core.fingerprint import fingerprint
from app.core.plan import Policy
from app.core.records import FOR_SALE, Listing
from app.models import ListingRow, ReleaseRow, Run
from app.models.streams import INVENTORY
from app.models.transactions import read_transaction

L, R = ListingRow.__table__.c, Run.__table__.c
WIDTH = len(Listing._fields)


class Judged(NamedTuple):
    """A verdict, the listing as it is to be stored, and why it is not, where it is not.

    `told_at` is the moment of what the row will hold; None where the file is not what the mirror knows it from.
    """

    verdict: ImportVerdict
    record: CsvListing
    why: str = ""
    told_at: datetime | None = None


class Survey(NamedTuple):
    """The last complete look at a shop: when it began, and whether it saw what strangers do not."""

    started_at: datetime
    is_owner: bool


def last_survey(engine: Engine, source_id: int) -> Survey | None:
    """The newest complete sync of a source whose result was kept."""
    query = (
        select(R.started_at, R.view)
        .where(R.source_id == source_id, R.kind == "sync", R.is_complete, R.live_after.is_not(None))
        .order_by(R.id.desc())
    )
    with read_transaction(engine) as connection:
        row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else Survey(row.started_at, row.view == "owner")


@dataclass(frozen=True, slots=True)
class Judge:
    """`source_id` None: there is nothing to compare with (an unknown seller, or a mirror about to be emptied).

    `as_of` overrides the moment a row or its file is of; without it a row's own moment counts, then `file_moment`.
    """

    engine: Engine
    source_id: int | None
    header: Header
    file_moment: datetime
    as_of: datetime | None
    policy: Policy
    survey: Survey | None
    has_rows: bool

    def judge(self, records: Sequence[CsvListing]) -> Iterator[Judged]:
        """Verdicts in the order of the records; one statement for all of them."""
        known = self._known(records) if self.has_rows else {}
        for record in records:
            stored = known.get(record.listing.listing_id)
            yield self._new(record) if stored is None else self._compare(record, stored)

    def _known(self, records: Sequence[CsvListing]) -> dict[int, Row[Any]]:
        columns: list[ColumnElement[Any]] = [
            *(L[name] for name in Listing._fields),
            L.fingerprint,
            L.source_id,
            L.removed_at,
            L.missing_since_run_id,
            L.told_at,
            ReleaseRow.formats.label("formats_of_release"),
            R.kind.label("run_kind"),
            R.started_at.label("run_started_at"),
        ]
        query = (
            select(*columns)
            .outerjoin_from(ListingRow, Run, R.id == L.updated_run_id)
            .outerjoin(ReleaseRow, ReleaseRow.release_id == L.release_id)
            .where(L.listing_id.in_([record.listing.listing_id for record in records]))
        )
        with read_transaction(self.engine) as connection:
            return {row[0]: row for row in connection.execute(query)}

    def _new(self, record: CsvListing) -> Judged:
        survey = self.survey
        would_have_seen = survey is not None and (survey.is_owner or record.listing.status == FOR_SALE)
        if survey is not None and would_have_seen and survey.started_at > self._moment(record):
            seen = survey.started_at.isoformat(timespec="seconds")
            return Judged(ImportVerdict.GONE, record, f"not in the shop any more when it was last looked at ({seen})")
        return Judged(ImportVerdict.ADD, record, told_at=self._moment(record))

    def _compare(self, record: CsvListing, row: Row[Any]) -> Judged:
        if row.source_id != self.source_id:
            return Judged(ImportVerdict.REJECTED, record, "this listing belongs to another seller of this mirror")
        told, cut_at = self.header.told, self.header.layout.cut_at
        if row.format is None and _tells(record.listing.format, row.formats_of_release, cut_at.get("format")):
            told -= {"format"}  # files of ours say what is known of the release where the listing says nothing
        merged = record._replace(listing=merge(record.listing, INVENTORY.record_of(row), told, cut_at))
        moment = self._moment(record)
        if row.removed_at is not None:
            looked_at = self.survey.started_at if self.survey else row.removed_at
            if moment <= max(row.removed_at, looked_at):
                removed = row.removed_at.isoformat(timespec="seconds")
                return Judged(ImportVerdict.TOMBSTONE, merged, f"removed from the shop at {removed}")
            return Judged(ImportVerdict.RESTORE, merged, told_at=moment)
        return self._compare_live(merged, row, moment)

    def _compare_live(self, merged: CsvListing, row: Row[Any], moment: datetime) -> Judged:
        seen_at = max(filter(None, (self._seen_at(row), row.told_at)), default=None)
        is_news = seen_at is None or seen_at < moment
        is_as_stored = merged.listing == INVENTORY.record_of(row)  # somebody may have changed it by hand since
        if is_as_stored and fingerprint(merged.listing) == bytes(row.fingerprint):
            return Judged(ImportVerdict.UNCHANGED, merged, told_at=moment if is_news else None)
        if self.policy is Policy.ADD_ONLY:
            return Judged(ImportVerdict.UNCHANGED, merged)
        if seen_at is not None and seen_at > moment:
            return Judged(ImportVerdict.NEWER, merged, self._why_newer(row, seen_at))
        return Judged(ImportVerdict.UPDATE, merged, told_at=moment)

    @staticmethod
    def _why_newer(row: Row[Any], seen_at: datetime) -> str:
        who = "a later file told of it, as of" if seen_at == row.told_at else "the mirror saw it at"
        return f"{who} {seen_at.isoformat(timespec='seconds')}"

    def _seen_at(self, row: Row[Any]) -> datetime | None:
        """When a sync last saw what the mirror holds of this row; None when none did."""
        written = row.run_started_at if row.run_kind == "sync" else None
        surveyed = None
        if self.survey and row.missing_since_run_id is None and (self.survey.is_owner or row.status == FOR_SALE):
            surveyed = self.survey.started_at
        return max((moment for moment in (written, surveyed) if moment is not None), default=None)

    def _moment(self, record: CsvListing) -> datetime:
        return self.as_of or record.exported_at or self.file_moment


def _tells(text: str | None, whole: str | None, cut_at: int | None) -> bool:
    return text == whole or is_cut(text, whole, cut_at)
