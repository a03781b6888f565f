"""Read a whole CSV file onto the spool: what can be read, what cannot, and what a person should know of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.core.csv_layouts import Header
from app.core.csv_merging import WRITTEN, ImportVerdict
from app.core.csv_reading import Cells, CsvReader, Unusable
from app.core.csv_rows import CsvListing, CurrencyMissing, RowParser
from app.core.parsing import clean
from app.errors import CsvRefused
from app.services.csv_file import opened
from app.services.csv_spool import Finding, Spool

Progress = Callable[[str, int, int], None]  # what is being done, how much of it, of how much
EVERY = 1000
NAME_THE_CURRENCY = "prices of this layout have no currency; name the seller's with --currency, like --currency EUR"


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import, and what the person who asks knows better than the file."""

    path: Path
    seller: str | None = None
    currency: str | None = None
    as_of: datetime | None = None
    clears_mirror: bool = False


@dataclass
class ImportReport:
    """What an import did, or would do. `verdicts` count distinct records; `stored` and `lost` come from the database.

    In the file: records = distinct ones by verdict + duplicates, nothing else.
    """

    seller: str
    layout: str
    encoding: str
    moment: datetime
    things: str = "listings"
    records: int = 0
    duplicates: int = 0
    verdicts: Counter[ImportVerdict] = field(default_factory=Counter)
    notices: list[str] = field(default_factory=list)
    releases_learnt: int = 0
    run_id: int | None = None
    stored: int = 0
    lost: int = 0
    total: int | None = None
    undo: str | None = None  # the command that puts back what was emptied

    @property
    def written(self) -> int:
        return sum(self.verdicts[verdict] for verdict in WRITTEN)

    @property
    def is_whole(self) -> bool:
        """Whether every record of the file is accounted for, none rejected and none lost."""
        return not self.lost and not self.verdicts[ImportVerdict.REJECTED]


@dataclass
class Intake:
    """Reads one file. `currency` is that of prices without one."""

    path: Path
    report: ImportReport
    spool: Spool
    currency: str | None
    image_origins: tuple[str, ...]
    progress: Progress

    def read(self) -> Header:
        """Read all of it, in constant memory. Raises CsvRefused when it is of no known layout."""
        report, size = self.report, max(1, self.path.stat().st_size)
        unread_dates = 0
        with opened(self.path, report.encoding) as stream:
            reader = CsvReader(stream)
            report.layout = reader.header.layout.name
            parser = RowParser(reader.header, reader.delimiter, self.currency, self.image_origins)
            for record in reader:
                report.records += 1
                unread_dates += self._take(parser, record)
                if report.records % EVERY == 0:
                    self.progress("reading", min(size, stream.buffer.tell()), size)
        self.progress("reading", size, size)
        self._note_oddities(reader, unread_dates)
        return reader.header

    def _take(self, parser: RowParser, record: Cells | Unusable) -> bool:
        """Put one record aside; whether it has a date that could not be read."""
        if isinstance(record, Unusable):
            self._reject(Finding(record.line, None, "rejected", record.problem, clean(record.raw)))
            return False
        try:
            parsed = parser.parse(record)
        except CurrencyMissing as problem:
            raise CsvRefused(NAME_THE_CURRENCY, record.line) from problem
        if isinstance(parsed, CsvListing):
            self._admit(parsed)
            return parsed.has_unread_date
        self._reject(Finding(parsed.line, parsed.listing_id, "rejected", parsed.problem, parsed.raw))
        return False

    def _admit(self, parsed: CsvListing) -> None:
        twin = self.spool.put(parsed)
        if twin is None:
            return
        self.report.duplicates += 1
        same = "the same listing" if twin.is_identical else "another state of the same listing, which counts,"
        self.spool.note(Finding(twin.line, twin.listing_id, "duplicate", f"{same} stands on line {twin.later_line}"))

    def _reject(self, finding: Finding) -> None:
        self.report.verdicts[ImportVerdict.REJECTED] += 1
        self.spool.note(finding)

    def _note_oddities(self, reader: CsvReader, unread_dates: int) -> None:
        notices, encoding = self.report.notices, self.report.encoding
        if encoding in {"cp1252", "latin-1"}:
            notices.append(f"the file is not UTF-8; it was read as {encoding}: look whether accents came through")
        if reader.delimiter != ",":
            notices.append(f"cells are separated by {reader.delimiter!r}")
        if reader.repeated_headers:
            notices.append(f"repeated header lines, skipped: {reader.repeated_headers}")
        if reader.nuls:
            notices.append(f"NUL characters, left out: {reader.nuls}")
        if unread_dates:
            notices.append(f"dates that could not be read and are unknown now: {unread_dates}")
