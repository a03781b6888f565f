"""The import of the website's collection or wantlist export: read → judge → stage → apply in ONE transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, Engine, func, select, update

from app.core.csv_layouts import SHELVES, Header
from app.core.csv_merging import KEPT, WRITTEN, ImportVerdict
from app.core.csv_reading import CsvReader, Unusable
from app.core.fingerprint import fingerprint
from app.core.mirrored import NO_COUNTERS
from app.core.outcomes import Outcome
from app.core.parsing import clean
from app.core.plan import Plan, Policy
from app.core.shelf_rows import ShelfRow, ShelfRowParser
from app.errors import ConfigurationError
from app.extensions import db, wiring
from app.models.database_file import has_schema
from app.models.stage import Stage
from app.models.streams import COLLECTION, STREAMS, Stream
from app.models.transactions import read_transaction, write_transaction
from app.services.csv_file import encoding_of, moment_of, opened
from app.services.csv_intake import ImportReport, ImportRequest, Progress
from app.services.csv_judging import last_survey
from app.services.csv_run import begin, give_up, sole_writer
from app.services.csv_seller import find_seller
from app.services.csv_spool import Finding, Spool
from app.services.csv_storing import VERDICTS, quarantine
from app.services.mirror_writer import Ending, apply, live_count
from app.services.shelf_judging import ShelfJudge, ShelfJudged, known_rows
from app.services.shelf_names import ShelfNames
from app.services.sources import Sources

NOT_CLEARED = "--clear-db empties the shop: it goes with a file of listings, not with one of a collection or wantlist"


def is_of_shelf(request: ImportRequest) -> bool:
    """Whether the file is a collection or a wantlist. Raises CsvRefused for a header nobody knows."""
    with opened(request.path, encoding_of(request.path)) as stream:
        return CsvReader(stream).header.layout in SHELVES


class ShelfImport:
    """One import at work. Needs an application context; `with` frees what it holds."""

    def __init__(self, request: ImportRequest, *, progress: Progress = lambda *_: None) -> None:
        if request.clears_mirror:
            raise ConfigurationError([NOT_CLEARED])
        self._wired = wiring()
        self._engine: Engine = db.engine
        self._request = request
        self._progress = progress
        self._spool = Spool()
        configured = self._wired.settings.discogs_collection_username
        self._owner = find_seller(self._engine, named=request.seller, configured=configured).username
        moment = request.as_of or moment_of(request.path)
        self.report = ImportReport(self._owner, "", encoding_of(request.path), moment)

    def __enter__(self) -> ShelfImport:
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.__exit__()

    def findings(self) -> Iterator[Finding]:
        """What a person should know, line by line. Valid until the import is left."""
        return self._spool.findings()

    def preview(self) -> ImportReport:
        """What `run` would do. Writes nothing. Raises CsvRefused when the file cannot be read."""
        header, rows = self._read()
        stream = STREAMS[header.layout.name]
        source = (
            Sources(self._engine, self._wired.clock).known_shelf(self._owner, stream.kind) if self._has_rows else None
        )
        list(self._judged(self._judge(header, stream, None if source is None else source.id), rows))
        return self.report

    def run(self) -> ImportReport:
        """Import. Raises CsvRefused, SyncBusy, StorageError; then nothing was stored."""
        header, rows = self._read()
        stream = STREAMS[header.layout.name]
        with sole_writer(self._wired, self._engine) as ledger:
            source = Sources(self._engine, self._wired.clock).shelf_of(self._owner, stream.kind)
            self.report.run_id = run_id = begin(ledger, self._wired.locks, source.id)
            try:
                self._store(self._judge(header, stream, source.id), rows, run_id, source.id)
            except BaseException as error:
                give_up(ledger, run_id, error)
                raise
            self._read_back(stream, run_id, source.id)
        return self.report

    @property
    def _has_rows(self) -> bool:
        return has_schema(self._engine)

    def _read(self) -> tuple[Header, list[ShelfRow]]:
        report, rows = self.report, []
        with opened(self._request.path, report.encoding) as stream:
            reader = CsvReader(stream)
            report.layout, report.things = reader.header.layout.name, STREAMS[reader.header.layout.name].things
            parser = ShelfRowParser(reader.header)
            for record in reader:
                report.records += 1
                parsed = record if isinstance(record, Unusable) else parser.parse(record)
                if isinstance(parsed, ShelfRow):
                    rows.append(parsed)
                else:
                    self._reject(parsed.line, parsed.problem, clean(parsed.raw))
        if reader.repeated_headers:
            report.notices.append(f"repeated header lines, skipped: {reader.repeated_headers}")
        return reader.header, rows if reader.header.layout.name == COLLECTION.kind else self._last_of_each(rows)

    def _last_of_each(self, rows: Sequence[ShelfRow]) -> list[ShelfRow]:
        """A wantlist has each release once: the later row counts."""
        last = {row.release_id: row for row in rows}
        for row in rows:
            if last[row.release_id] is not row:
                self.report.duplicates += 1
                problem = f"the same release stands on line {last[row.release_id].line}, which counts"
                self._spool.note(Finding(row.line, None, "duplicate", problem))
        return list(last.values())

    def _reject(self, line: int, problem: str, raw: str) -> None:
        self.report.verdicts[ImportVerdict.REJECTED] += 1
        self._spool.note(Finding(line, None, str(ImportVerdict.REJECTED), problem, raw))

    def _judge(self, header: Header, stream: Stream, source_id: int | None) -> ShelfJudge:
        policy = Policy(self._wired.settings.collection_sync_policy)
        if source_id is None:
            return ShelfJudge(stream, header, ShelfNames.of(None, None), self.report.moment, policy, None, {})
        survey = last_survey(self._engine, source_id)
        with read_transaction(self._engine) as connection:
            names, known = ShelfNames.of(connection, source_id), known_rows(connection, stream, source_id)
        return ShelfJudge(stream, header, names, self.report.moment, policy, survey, known)

    def _judged(self, judge: ShelfJudge, rows: Sequence[ShelfRow]) -> Iterator[ShelfJudged]:
        for done, one in enumerate(judge.judge(rows), 1):
            self.report.verdicts[one.verdict] += 1
            if one.why:
                self._spool.note(Finding(one.row.line, None, str(one.verdict), one.why))
            self._progress("comparing", done, max(1, len(rows)))
            yield one

    def _store(self, judge: ShelfJudge, rows: Sequence[ShelfRow], run_id: int, source_id: int) -> None:
        sheet = Stage(self._engine, run_id, judge.stream)
        for one in self._judged(judge, rows):
            if one.verdict in VERDICTS:
                sheet.put(VERDICTS[one.verdict], one.record, NO_COUNTERS, fingerprint(one.record))
        sheet.flush()
        at, stream = self._wired.clock(), judge.stream
        with write_transaction(self._engine) as connection:
            if stream is COLLECTION and self.report.written:
                judge.names.store(connection, source_id)
            plan = self._plan(live_count(connection, stream, source_id))
            ending = Ending(Outcome.APPLIED, detail=f"{self._request.path.name} ({self.report.layout} layout)")
            apply(connection, stream, run_id, source_id, plan=plan, ending=ending, at=at)
            # A row that a file told of may be corrected by a later file; what Discogs itself told may not.
            written = update(stream.rows).where(*_written(stream, run_id, source_id))
            connection.execute(written.values(told_at=min(self.report.moment, at)))
            quarantine(connection, run_id, source_id, self._spool)

    def _plan(self, live: int) -> Plan:
        verdicts = self.report.verdicts
        kept = sum(verdicts[verdict] for verdict in KEPT)
        return Plan(
            added=verdicts[ImportVerdict.ADD],
            updated=verdicts[ImportVerdict.UPDATE],
            restored=verdicts[ImportVerdict.RESTORE],
            unchanged=kept,
            rejected=verdicts[ImportVerdict.REJECTED],
            live_before=live,
            overlap=verdicts[ImportVerdict.UPDATE] + kept,
        )

    def _read_back(self, stream: Stream, run_id: int, source_id: int) -> None:
        """Ask the database, after the commit, for what was reported as stored."""
        with read_transaction(self._engine) as connection:
            self.report.stored = _count(connection, stream, run_id, source_id)
            self.report.total = live_count(connection, stream, source_id)
        self.report.lost = abs(sum(self.report.verdicts[verdict] for verdict in WRITTEN) - self.report.stored)


def _written(stream: Stream, run_id: int, source_id: int) -> tuple[ColumnElement[bool], ...]:
    return stream.rows.c.source_id == source_id, stream.rows.c.updated_run_id == run_id


def _count(connection: Connection, stream: Stream, run_id: int, source_id: int) -> int:
    query = select(func.count()).select_from(stream.rows).where(*_written(stream, run_id, source_id))
    return int(connection.scalar(query) or 0)
