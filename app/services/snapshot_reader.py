"""Read a stream onto the stage: judge every row that Discogs shows against the mirror, page by page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import orjson
from sqlalchemy import Engine, select

from app.core.fetch import Fetch
from app.core.fingerprint import fingerprint
from app.core.mirrored import Record, Told
from app.core.outcomes import Reason
from app.core.plan import Policy, Stored, Verdict, judge
from app.core.quoting import quoted
from app.core.records import Rejected
from app.discogs.answers import ItemPage
from app.discogs.page_walk import PageWalk
from app.models.known import doubted_rows, has_rows, known_rows
from app.models.stage import Stage
from app.models.transactions import read_transaction
from app.services.readings import Reading
from app.services.shelf_adoption import Adopted, Adoption
from app.services.subject import Subject

LONGEST_RAW = 20_000
MOST_KEPT_RAW = 200
Known = tuple[Mapping[int, Stored], Mapping[int, Record]]
NONE_ADOPTED: Mapping[int, Adopted] = {}


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One unreadable item: where it was, why, and what it said."""

    place: str
    item_id: int | None
    problem: str
    raw: str


@dataclass
class SnapshotReader:
    """Collects what one walk shows. `seen` are distinct readable keys; verdicts count what they mean."""

    engine: Engine
    stage: Stage
    reading: Reading
    subject: Subject
    policy: Policy
    image_origins: tuple[str, ...]
    max_errors: int
    doubts: bool = False  # the mirror's rows themselves are looked at, not what was noted when they were written
    adoption: Adoption | None = None
    seen: set[int] = field(default_factory=set)
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    rejected: int = 0
    unidentified: int = 0
    duplicates: int = 0
    quarantine: list[Quarantined] = field(default_factory=list)
    latest_item: str | None = None

    @property
    def distinct(self) -> int:
        """Items the run has to account for."""
        return len(self.seen) + self.unidentified

    @property
    def adopted(self) -> Mapping[int, Adopted]:
        """Copies that a file told of before, by the numbers that Discogs gives them."""
        return NONE_ADOPTED if self.adoption is None else self.adoption.found

    def take(self, page: ItemPage, walk: PageWalk) -> None:
        """Judge one page and stage what is new or changed."""
        fresh = [told for row, item in enumerate(page.rows, 1) if (told := self._admit(item, page.page, row))]
        if self._expects_owner and fresh and not any(told.is_whole for told in fresh):
            walk.distrust(Reason.AUTH_MISSING, f"page {page.page} does not show what only the owner sees")
        stored, rows = self._known(fresh)
        if self.adoption is not None:
            stored, rows = self.adoption.complete(fresh, stored, rows)
        for told in fresh:
            key = told.record[0]
            self._judge(told, stored.get(key), rows.get(key))
        if fresh:
            self.latest_item = self.reading.stream.name_of(fresh[-1].record)
        if self.rejected > self.max_errors:
            walk.distrust(Reason.SCHEMA_DRIFT, f"{self.rejected} items could not be read")

    def fetch(self, walk: PageWalk) -> Fetch:
        """What the walk was worth; writes the rest of the stage."""
        self.stage.flush()
        return walk.fetch(frozenset(self.seen), unidentified=self.unidentified, duplicates=self.duplicates)

    @property
    def _expects_owner(self) -> bool:
        return self.reading.shows_owner and self.subject.is_owner

    @cached_property
    def _finds_nothing_stored(self) -> bool:
        """A mirror that was empty stays so until this run is applied: runs take turns."""
        with read_transaction(self.engine) as connection:
            return not has_rows(connection, self.reading.stream)

    def _admit(self, item: object, page: int, row: int) -> Told | None:
        told = self.reading.parse(item, self.subject, self.image_origins)
        key = told.item_id if isinstance(told, Rejected) else told.record[0]
        if key in self.seen:
            self.duplicates += 1
            return None
        if key is None:
            self.unidentified += 1
        else:
            self.seen.add(key)
        if isinstance(told, Told):
            return told
        self.rejected += 1
        if len(self.quarantine) < MOST_KEPT_RAW:
            place = f"page {page} row {row}"
            self.quarantine.append(Quarantined(place, key, quoted(told.problem), raw_text(item)))
        return None

    def _known(self, fresh: Sequence[Told]) -> Known:
        """What the mirror has of a page's rows: one statement a page, one more for those whose fields it keeps."""
        keys = [told.record[0] for told in fresh]
        if not keys or self._finds_nothing_stored:
            return {}, {}
        stream, source_id = self.reading.stream, self.subject.source_id
        half_told = [told.record[0] for told in fresh if not told.is_whole]
        with read_transaction(self.engine) as connection:
            look_up = doubted_rows if self.doubts else known_rows
            stored = look_up(connection, stream, keys, source_id=source_id)
            returning = [] if self.policy is Policy.MIRROR else [each for each in stored if stored[each].is_removed]
            if not half_told and not returning:
                return stored, {}
            kept = stream.key.in_({*half_told, *returning})
            rows = connection.execute(select(*stream.record_columns).where(kept, stream.rivals(source_id)))
            return stored, {row[0]: stream.record_of(row) for row in rows}

    def _judge(self, told: Told, stored: Stored | None, row: Record | None) -> None:
        record = told.record
        if row is not None:
            record = self.reading.keep_untold(record, row) if self.policy is Policy.MIRROR else row
        print_ = fingerprint(record)
        verdict = judge(print_, stored, self.policy)
        self.verdicts[verdict] += 1
        if verdict is not Verdict.UNCHANGED:
            self.stage.put(verdict, record, told.counters, print_)


def raw_text(item: object) -> str:
    """An unreadable item as text that any database can hold."""
    try:
        text = orjson.dumps(item, default=str).decode()
    except (TypeError, ValueError, RecursionError):  # what JSON cannot say (infinity, lone surrogates), Python can
        text = ascii(item)
    return text[:LONGEST_RAW].replace("\\u0000", "")
