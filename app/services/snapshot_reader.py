"""Read a seller's inventory onto the stage: judge every item against the mirror, page by page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import orjson
from sqlalchemy import Engine, select

from app.core.fetch import Fetch
from app.core.fingerprint import fingerprint, keep_untold
from app.core.outcomes import Reason
from app.core.parsing import parse_item
from app.core.plan import Policy, Stored, Verdict, judge
from app.core.quoting import quoted
from app.core.records import Listing, Parsed, Rejected
from app.discogs.answers import ItemPage
from app.discogs.page_walk import PageWalk
from app.models import ListingRow
from app.models.known import has_listings, known_listings
from app.models.stage import Stage, listing_of
from app.models.transactions import read_transaction

L = ListingRow.__table__.c
LONGEST_RAW = 20_000
MOST_KEPT_RAW = 200
STORED_COLUMNS = [L[name] for name in Listing._fields]
Known = tuple[Mapping[int, Stored], Mapping[int, Listing]]


@dataclass(frozen=True, slots=True)
class Seller:
    """Whose inventory is read, and with whose eyes."""

    source_id: int
    user_id: int
    username: str
    is_owner: bool


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One unreadable item: where it was, why, and what it said."""

    place: str
    listing_id: int | None
    problem: str
    raw: str


@dataclass
class SnapshotReader:
    """Collects what one walk shows. `seen` are distinct readable ids; verdicts count what they mean."""

    engine: Engine
    stage: Stage
    seller: Seller
    policy: Policy
    image_origins: tuple[str, ...]
    max_errors: int
    seen: set[int] = field(default_factory=set)
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    rejected: int = 0
    unidentified: int = 0
    duplicates: int = 0
    quarantine: list[Quarantined] = field(default_factory=list)

    @property
    def distinct(self) -> int:
        """Items the run has to account for."""
        return len(self.seen) + self.unidentified

    def take(self, page: ItemPage, walk: PageWalk) -> None:
        """Judge one page and stage what is new or changed."""
        fresh = [parsed for row, item in enumerate(page.rows, 1) if (parsed := self._admit(item, page.page, row))]
        if self.seller.is_owner and fresh and not any(parsed.is_owner_view for parsed in fresh):
            walk.distrust(Reason.AUTH_MISSING, f"page {page.page} does not show what only the owner sees")
        stored, rows = self._known(fresh)
        for parsed in fresh:
            number = parsed.listing.listing_id
            self._judge(parsed, stored.get(number), rows.get(number))
        if self.rejected > self.max_errors:
            walk.distrust(Reason.SCHEMA_DRIFT, f"{self.rejected} items could not be read")

    def fetch(self, walk: PageWalk) -> Fetch:
        """What the walk was worth; writes the rest of the stage."""
        self.stage.flush()
        return walk.fetch(frozenset(self.seen), unidentified=self.unidentified, duplicates=self.duplicates)

    @cached_property
    def _finds_nothing_stored(self) -> bool:
        """A mirror that was empty stays so until this run is applied: runs take turns."""
        with read_transaction(self.engine) as connection:
            return not has_listings(connection)

    def _admit(self, item: object, page: int, row: int) -> Parsed | None:
        parsed = parse_item(item, self.image_origins)
        if isinstance(parsed, Parsed) and self._is_anothers(parsed):
            parsed = Rejected(parsed.listing.listing_id, f"belongs to another seller: {parsed.seller_name}")
        listing_id = parsed.item_id if isinstance(parsed, Rejected) else parsed.listing.listing_id
        if listing_id in self.seen:
            self.duplicates += 1
            return None
        if listing_id is None:
            self.unidentified += 1
        else:
            self.seen.add(listing_id)
        if isinstance(parsed, Parsed):
            return parsed
        self.rejected += 1
        if len(self.quarantine) < MOST_KEPT_RAW:
            place = f"page {page} row {row}"
            self.quarantine.append(Quarantined(place, listing_id, quoted(parsed.problem), raw_text(item)))
        return None

    def _is_anothers(self, parsed: Parsed) -> bool:
        """Both the id and the name have to differ: either alone may be missing or have changed."""
        if parsed.seller_id in {None, self.seller.user_id} or parsed.seller_name is None:
            return False
        return parsed.seller_name.casefold() != self.seller.username.casefold()

    def _known(self, fresh: Sequence[Parsed]) -> Known:
        """What the mirror has of a page's listings: one statement a page, one more for those whose fields it keeps."""
        ids = [parsed.listing.listing_id for parsed in fresh]
        if not ids or self._finds_nothing_stored:
            return {}, {}
        half_told = [parsed.listing.listing_id for parsed in fresh if not parsed.is_owner_view]
        with read_transaction(self.engine) as connection:
            stored = known_listings(connection, ids, source_id=self.seller.source_id)
            returning = [] if self.policy is Policy.MIRROR else [each for each in stored if stored[each].is_removed]
            if not half_told and not returning:
                return stored, {}
            rows = connection.execute(select(*STORED_COLUMNS).where(L.listing_id.in_({*half_told, *returning})))
            return stored, {row[0]: listing_of(row) for row in rows}

    def _judge(self, parsed: Parsed, stored: Stored | None, row: Listing | None) -> None:
        listing = parsed.listing
        if row is not None:
            listing = keep_untold(listing, row) if self.policy is Policy.MIRROR else row
        print_ = fingerprint(listing)
        verdict = judge(print_, stored, self.policy)
        self.verdicts[verdict] += 1
        if verdict is not Verdict.UNCHANGED:
            self.stage.put(verdict, listing, parsed.counters, print_)


def raw_text(item: object) -> str:
    """An unreadable item as text that any database can hold."""
    try:
        text = orjson.dumps(item, default=str).decode()
    except (TypeError, ValueError, RecursionError):  # what JSON cannot say (infinity, lone surrogates), Python can
        text = ascii(item)
    return text[:LONGEST_RAW].replace("\\u0000", "")
